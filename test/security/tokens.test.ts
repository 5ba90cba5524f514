/**
 * Forged and confused tokens, at both doors: the handshake's authorizer and the HTTP API. Each is
 * bad for one reason; the same token without that reason is let in.
 */
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
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
import { limits } from "../../lib/protocol/limits.ts";
import { attacked, inSeconds, secret, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { askHttp, shakeHands, runtime } = await attacked();

/** How a token fares: the user that each door lets in, or how it refuses. */
async function doors(token: string) {
  const handshake = await shakeHands({ queryStringParameters: { token } }).catch(
    (error: Error) => error.message,
  );
  const { status, body } = await askHttp("GET /gateway", { token });
  return { handshake, http: body.error?.code ?? status };
}
const shut = { handshake: "Unauthorized", http: "unauthorized" };

const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** A token that its header does not describe. */
function hmac(header: object, payload: object = claims, key = secret, hash = "sha256"): string {
  const content = `${json(header)}.${json(payload)}`;
  return `${content}.${createHmac(hash, key).update(content).digest("base64url")}`;
}
const claims = { sub: "alice", exp: inSeconds(600) };

describe("with a shared secret", () => {
  it("a good token is let in at both doors", async () => {
    expect(await doors(await signed())).toEqual({ handshake: "alice", http: 200 });
    expect(await doors(hmac({ alg: "HS256" }))).toMatchObject({ http: 200 });
  });

  const changed = async (payload: object) => {
    const [header, , signature] = (await signed()).split(".");
    return `${header}.${json(payload)}.${signature}`;
  };
  it.each<[string, () => string | Promise<string>]>([
    ["unsigned, and says so", () => new UnsecuredJWT(claims).encode()],
    ["unsigned, and says so in capitals", () => `${json({ alg: "NONE" })}.${json(claims)}.`],
    ["signed, and says that it is not", () => hmac({ alg: "none" })],
    ["signed, and does not say how", () => hmac({})],
    ["stripped of its signature", async () => (await signed()).replace(/[^.]+$/, "")],
    ["signed with another secret", () => signed({}, { key: "another secret of the same length" })],
    ["signed with an empty secret", () => hmac({ alg: "HS256" }, claims, "")],
    [
      "signed with our secret and another hash",
      () => hmac({ alg: "HS512" }, claims, secret, "sha512"),
    ],
    ["signed with our secret, and says another hash", () => hmac({ alg: "HS512" })],
    ["signed with a key pair of its own", () => signedByRsa()],
    ["somebody else's claims under a good signature", () => changed({ ...claims, sub: "bob" })],
    ["expired", () => signed({ exp: inSeconds(-1) })],
    ["expiring this very second", () => signed({ exp: inSeconds(0) })],
    ["expiring at a text", () => signed({ exp: String(inSeconds(600)) })],
    ["expiring at an object", () => signed({ exp: { valueOf: inSeconds(600) } })],
    ["expiring never", () => signed({ exp: undefined })],
    ["expiring past all time", () => signed({ exp: 1e300 })],
    ["not valid yet", () => signed({ nbf: inSeconds(600) })],
    ["valid from a text on", () => signed({ nbf: "0" })],
    [
      "demanding an extension that we do not know",
      () => hmac({ alg: "HS256", crit: ["exp2"], exp2: 1 }),
    ],
    ["nobody's", () => signed({ sub: undefined })],
    ["a number's", () => signed({ sub: 5 })],
    ["a list of users'", () => signed({ sub: ["alice", "bob"] })],
    ["a user's with a space behind", () => signed({ sub: "alice " })],
    ["a user's whose name is too long", () => signed({ sub: "a".repeat(256) })],
    ["a user's who only looks like alice", () => signed({ sub: "\u0430lice" })],
    ["huge", () => signed({ padding: "x".repeat(limits.tokenCharacters) })],
    ["two tokens", async () => `${await signed()} ${await signed()}`],
    ["three words", () => "a.b.c"],
    ["dots", () => ".."],
    ["nothing", () => ""],
  ])("one that is %s is let in at neither", async (_what, token) => {
    expect(await doors(await token())).toEqual(shut);
  });

  function signedByRsa(): string {
    const content = `${json({ alg: "RS256" })}.${json(claims)}`;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
  }
});

describe("with an issuer's keys", () => {
  let server: Server;
  let issuer: string;
  let rsa: { publicKey: CryptoKey; privateKey: CryptoKey };
  const bySecret = runtime.verifier;

  beforeAll(async () => {
    rsa = await generateKeyPair("RS256", { extractable: true });
    const jwk = { ...(await exportJWK(rsa.publicKey)), kid: "key-1", use: "sig" };
    server = createServer((request, response) => {
      const metadata = { issuer, jwks_uri: `${issuer}/keys` };
      response.end(JSON.stringify(request.url === "/keys" ? { keys: [jwk] } : metadata));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    runtime.verifier = joseTokens({
      userClaim: "sub",
      issuer,
      audience: "parley",
      algorithms: ["RS256"],
    });
  });
  afterAll(() => {
    runtime.verifier = bySecret;
    server.closeAllConnections();
    server.close();
  });

  const ours = () => ({ ...claims, iss: issuer, aud: "parley" });
  const issued = (changes: object = {}, header: object = {}, key: CryptoKey = rsa.privateKey) =>
    new SignJWT({ ...ours(), ...changes })
      .setProtectedHeader({ alg: "RS256", kid: "key-1", ...header })
      .sign(key);

  it("a good token is let in at both doors", async () => {
    expect(await doors(await issued())).toEqual({ handshake: "alice", http: 200 });
  });

  it.each<[string, () => string | Promise<string>]>([
    ["another issuer's", () => issued({ iss: "http://elsewhere" })],
    ["of an issuer that begins like ours", () => issued({ iss: `${issuer}.example` })],
    ["nobody's", () => issued({ iss: undefined })],
    ["for another audience", () => issued({ aud: "other" })],
    ["for other audiences", () => issued({ aud: ["other", "parley2"] })],
    ["for no audience", () => issued({ aud: undefined })],
    ["for another audience, with our client_id", () => issued({ aud: "x", client_id: "parley" })],
    ["of another client", () => issued({ aud: undefined, client_id: "other" })],
    [
      "signed with an unknown key",
      async () => issued({}, {}, (await generateKeyPair("RS256")).privateKey),
    ],
    ["signed with a key that the issuer does not name", () => issued({}, { kid: "key-2" })],
    ["signed with a key that it brings along", () => withOwnKey()],
    ["unsigned", () => new UnsecuredJWT(ours()).encode()],
    [
      "HS256, signed with the public key as PEM",
      async () => hmacWith(await exportSPKI(rsa.publicKey)),
    ],
    [
      "HS256, signed with the public key as JWK",
      async () => hmacWith(JSON.stringify(await exportJWK(rsa.publicKey))),
    ],
    ["of an algorithm that the issuer does not use", async () => issuedByEc()],
    ["signed with the issuer's key and another hash", async () => issuedByRs512()],
    ["expired", () => issued({ exp: inSeconds(-1) })],
    ["not valid yet", () => issued({ nbf: inSeconds(600) })],
  ])("one that is %s is let in at neither", async (_what, token) => {
    expect(await doors(await token())).toEqual(shut);
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
