/**
 * Forged and confused tokens of an issuer, at both doors: the handshake's authorizer and the HTTP
 * API. Each is bad for one reason, which is logged; the same token without that reason is let in.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { joseTokens } from "../../lib/adapters/jose/tokens.ts";
import type { RefusalReason } from "../../lib/identity/tokenRefusal.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { attacked, inSeconds } from "./attacked.ts";
import { doorsOf, shut } from "./doors.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const service = await attacked();
const { runtime, shakeHands } = service;
const doors = doorsOf(service);

const claims = { sub: "alice", exp: inSeconds(600) };

describe("with an issuer's keys", () => {
  let server: Server;
  let issuer: string;
  const asked: string[] = [];
  let rsa: { publicKey: CryptoKey; privateKey: CryptoKey };

  beforeAll(async () => {
    rsa = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(rsa.publicKey)), kid: "key-1", use: "sig" };
    server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const metadata = { issuer, jwks_uri: `${issuer}/keys` };
      response.end(JSON.stringify(request.url === "/keys" ? { keys: [jwk] } : metadata));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    runtime.verifier = verifier();
  });
  const verifier = () =>
    joseTokens({ userClaim: "sub", issuer, audience: "parley", algorithms: ["RS256"] });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const ours = () => ({ ...claims, iss: issuer, aud: "parley" });
  const issued = (changes: object = {}, header: object = {}, key: CryptoKey = rsa.privateKey) =>
    new SignJWT({ ...ours(), ...changes })
      .setProtectedHeader({ alg: "RS256", kid: "key-1", ...header })
      .sign(key);

  it("fifty garbage tokens make nobody ask the issuer for keys", async () => {
    runtime.verifier = verifier();
    asked.length = 0;
    const wrong = [
      "garbage",
      "a.b.c",
      await issued({ iss: "https://elsewhere.example" }),
      await hmacWith("a secret that is long enough for HS256"),
      new UnsecuredJWT(ours()).encode(),
    ];
    const tokens = Array.from({ length: 10 }, () => wrong).flat();
    for (const token of tokens) {
      const handshake = shakeHands({ queryStringParameters: { token } });
      await expect(handshake).rejects.toThrow("Unauthorized");
    }
    expect(asked).toEqual([]);
  });

  it("fifty tokens with keys that nobody has make it be asked a few times", async () => {
    runtime.verifier = verifier();
    asked.length = 0;
    for (let kid = 0; kid < 50; kid += 1) {
      const token = await issued({}, { kid: `unknown-${kid}` });
      const handshake = shakeHands({ queryStringParameters: { token } });
      await expect(handshake).rejects.toThrow("Unauthorized");
    }
    const forKeys = asked.filter((url) => url === "/keys");
    expect(forKeys).toHaveLength(1 + limits.keyRefetchesPerMinute);
  });

  it("a good token is let in at both doors", async () => {
    expect(await doors(await issued())).toMatchObject({
      handshake: "alice",
      http: 200,
      logged: [],
    });
  });

  it.each<[string, RefusalReason, () => string | Promise<string>]>([
    ["another issuer's", "wrong_issuer", () => issued({ iss: "http://elsewhere" })],
    [
      "of an issuer that begins like ours",
      "wrong_issuer",
      () => issued({ iss: `${issuer}.example` }),
    ],
    ["nobody's", "wrong_issuer", () => issued({ iss: undefined })],
    ["for another audience", "wrong_audience", () => issued({ aud: "other" })],
    ["for other audiences", "wrong_audience", () => issued({ aud: ["other", "parley2"] })],
    ["for no audience", "wrong_audience", () => issued({ aud: undefined })],
    [
      "for another audience, with our client_id",
      "wrong_audience",
      () => issued({ aud: "x", client_id: "parley" }),
    ],
    ["of another client", "wrong_audience", () => issued({ aud: undefined, client_id: "other" })],
    [
      "signed with an unknown key",
      "bad_signature",
      async () => issued({}, {}, (await generateKeyPair("RS256")).privateKey),
    ],
    [
      "signed with a key that the issuer does not name",
      "unknown_key",
      () => issued({}, { kid: "key-2" }),
    ],
    ["signed with a key that it brings along", "unknown_key", () => withOwnKey()],
    ["unsigned", "wrong_algorithm", () => new UnsecuredJWT(ours()).encode()],
    [
      "HS256, signed with the public key as PEM",
      "wrong_algorithm",
      async () => hmacWith(await exportSPKI(rsa.publicKey)),
    ],
    [
      "HS256, signed with the public key as JWK",
      "wrong_algorithm",
      async () => hmacWith(JSON.stringify(await exportJWK(rsa.publicKey))),
    ],
    ["of an algorithm that the issuer does not use", "wrong_algorithm", async () => issuedByEc()],
    [
      "signed with the issuer's key and another hash",
      "wrong_algorithm",
      async () => issuedByRs512(),
    ],
    ["expired", "expired", () => issued({ exp: inSeconds(-1) })],
    ["not valid yet", "not_yet_valid", () => issued({ nbf: inSeconds(600) })],
  ])("one that is %s is let in at neither: %s", async (_what, reason, token) => {
    expect(await doors(await token())).toEqual(shut(reason));
  });

  function hmacWith(key: string): Promise<string> {
    return new SignJWT(ours())
      .setProtectedHeader({ alg: "HS256", kid: "key-1" })
      .sign(new TextEncoder().encode(key));
  }
  async function withOwnKey(): Promise<string> {
    const own = await generateKeyPair("RS256", { extractable: true });
    const jwk = await exportJWK(own.publicKey);
    return issued({}, { kid: "mine", jwk, jku: "http://127.0.0.1:1/keys" }, own.privateKey);
  }
  async function issuedByRs512(): Promise<string> {
    const key = await importJWK(await exportJWK(rsa.privateKey), "RS512");
    return new SignJWT(ours()).setProtectedHeader({ alg: "RS512", kid: "key-1" }).sign(key);
  }
  async function issuedByEc(): Promise<string> {
    const { privateKey } = await generateKeyPair("ES256");
    return new SignJWT(ours()).setProtectedHeader({ alg: "ES256", kid: "key-1" }).sign(privateKey);
  }
});
