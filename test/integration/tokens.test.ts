/**
 * Good tokens, with a shared secret and with an issuer's keys over HTTP. What must not pass for one
 * is in test/security/tokens.test.ts.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
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
const bySecret = (payload: object) =>
  new SignJWT({ ...payload })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(secret));
const byIssuer = (changes: object = {}) =>
  new SignJWT({ ...claims(), iss: issuer, aud: "parley", ...changes })
    .setProtectedHeader({ alg: "RS256", kid: "key-1" })
    .sign(rsa.privateKey);

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

  it("cannot be verified while the issuer is down, and can when it is back", async () => {
    const fresh = tokens();
    const token = await byIssuer();
    isDown = true;
    await expect(fresh.verify(token)).rejects.toMatchObject({ code: "unavailable" });
    isDown = false;
    expect(await fresh.verify(token)).toMatchObject({ user: "alice" });
  });
});
