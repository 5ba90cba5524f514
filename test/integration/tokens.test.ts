/**
 * Tokens, with a shared secret and with an issuer's keys over HTTP: everything that must not pass
 * for one.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joseTokens } from "../../lib/adapters/jose/tokens.ts";

const secret = "a secret that is long enough for HS256";
const later = () => Math.floor(Date.now() / 1_000) + 600;

let server: Server;
let issuer: string;
let isDown = false;
let rsa: { publicKey: CryptoKey; privateKey: CryptoKey };

beforeAll(async () => {
  rsa = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(rsa.publicKey)), kid: "key-1", use: "sig" };
  server = createServer((request, response) => {
    if (isDown) response.writeHead(500).end();
    else if (request.url === "/.well-known/openid-configuration") {
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    } else response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const claims = (changes: object = {}) => ({
  sub: "alice",
  name: "Alice",
  exp: later(),
  ...changes,
});
const bySecret = (payload: object, key = secret, alg = "HS256") =>
  new SignJWT({ ...payload }).setProtectedHeader({ alg }).sign(new TextEncoder().encode(key));
const byIssuer = (changes: object = {}, header: object = {}, key: CryptoKey = rsa.privateKey) =>
  new SignJWT({ ...claims(), iss: issuer, aud: "parley", ...changes })
    .setProtectedHeader({ alg: "RS256", kid: "key-1", ...header })
    .sign(key);

describe("tokens signed with a secret", () => {
  const tokens = joseTokens({ userClaim: "sub", secret });

  it("say who somebody is", async () => {
    const exp = later();
    const token = await bySecret(claims({ exp, scope: "notices:write" }));
    expect(await tokens.verify(token)).toEqual({
      user: "alice",
      name: "Alice",
      expiresAtMs: exp * 1_000,
      scopes: ["notices:write"],
    });
  });

  it.each<[string, () => Promise<string> | string]>([
    ["is signed with another secret", () => bySecret(claims(), `${secret}!`)],
    ["is signed with another algorithm", () => bySecret(claims(), secret.repeat(2), "HS512")],
    ["has expired", () => bySecret(claims({ exp: later() - 601 }))],
    ["expires this very second", () => bySecret(claims({ exp: Math.floor(Date.now() / 1_000) }))],
    ["never expires", () => bySecret(claims({ exp: undefined }))],
    ["expires at a text", () => bySecret(claims({ exp: String(later()) }))],
    ["is not valid yet", () => bySecret(claims({ nbf: later() }))],
    ["names nobody", () => bySecret(claims({ sub: undefined }))],
    ["names somebody outside the grammar", () => bySecret(claims({ sub: "al ice" }))],
    ["is unsigned", () => new UnsecuredJWT(claims()).encode()],
    ["is no token", () => "hello"],
    ["is nothing", () => ""],
    ["is dots", () => ".."],
  ])("are refused when one %s", async (_case, token) => {
    expect(await tokens.verify(await token())).toBeUndefined();
  });

  it("are refused when their payload was changed", async () => {
    const [header, payload, signature] = (await bySecret(claims())).split(".");
    const changed = JSON.parse(Buffer.from(String(payload), "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...changed, sub: "bob" })).toString("base64url");
    expect(await tokens.verify(`${header}.${payload}.${signature}`)).toBeDefined();
    expect(await tokens.verify(`${header}.${forged}.${signature}`)).toBeUndefined();
  });
});

describe("tokens of an issuer", () => {
  const tokens = () =>
    joseTokens({ userClaim: "sub", issuer, audience: "parley", algorithms: ["RS256"] });

  it("are verified with keys found by discovery", async () => {
    expect(await tokens().verify(await byIssuer())).toMatchObject({ user: "alice" });
  });

  it("may name several audiences, or Cognito's client_id", async () => {
    const several = await byIssuer({ aud: ["other", "parley"] });
    expect(await tokens().verify(several)).toMatchObject({ user: "alice" });
    const cognito = await byIssuer({ aud: undefined, client_id: "parley" });
    expect(await tokens().verify(cognito)).toMatchObject({ user: "alice" });
  });

  it.each<[string, () => Promise<string>]>([
    ["another issuer's", () => byIssuer({ iss: "http://elsewhere" })],
    ["nobody's", () => byIssuer({ iss: undefined })],
    ["for another audience", () => byIssuer({ aud: "other" })],
    ["for no audience", () => byIssuer({ aud: undefined })],
    ["for another audience, with our client_id", () => byIssuer({ aud: "x", client_id: "parley" })],
    [
      "signed with an unknown key",
      async () => {
        const { privateKey } = await generateKeyPair("RS256");
        return byIssuer({}, {}, privateKey);
      },
    ],
    ["signed with a key that the issuer does not name", () => byIssuer({}, { kid: "key-2" })],
    [
      "unsigned",
      async () => new UnsecuredJWT({ ...claims(), iss: issuer, aud: "parley" }).encode(),
    ],
    [
      "HS256, signed with the public key",
      async () => {
        const publicKey = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
        return new SignJWT({ ...claims(), iss: issuer, aud: "parley" })
          .setProtectedHeader({ alg: "HS256", kid: "key-1" })
          .sign(publicKey);
      },
    ],
    ["expired", () => byIssuer({ exp: later() - 601 })],
  ])("are refused when %s", async (_case, token) => {
    expect(await tokens().verify(await token())).toBeUndefined();
  });

  it("cannot be verified while the issuer is down, and can when it is back", async () => {
    const fresh = tokens();
    const token = await byIssuer();
    isDown = true;
    await expect(fresh.verify(token)).rejects.toMatchObject({ code: "unavailable" });
    isDown = false;
    expect(await fresh.verify(token)).toMatchObject({ user: "alice" });
  });
});
