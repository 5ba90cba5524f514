/**
 * Good tokens, with a shared secret and with an issuer's keys over HTTP. What must not pass for one
 * is in test/security/tokens.test.ts.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askedKeys } from "../../lib/adapters/jose/askedKeys.ts";
import { joseTokens } from "../../lib/adapters/jose/tokens.ts";
import { limits } from "../../lib/protocol/limits.ts";

const secret = "a secret that is long enough for HS256";
const later = () => Math.floor(Date.now() / 1_000) + 600;

let server: Server;
let issuer: string;
/** What the issuer answers with; each test begins with one key and an issuer that is up. */
let mode: "up" | "down" | "silent" | "redirecting";
let published: JWK[];
const pairs: { publicKey: CryptoKey; privateKey: CryptoKey }[] = [];
const jwks: JWK[] = [];

beforeAll(async () => {
  for (const kid of ["key-1", "key-2"]) {
    const pair = await generateKeyPair("RS256", { extractable: true });
    pairs.push(pair);
    jwks.push({ ...(await exportJWK(pair.publicKey)), kid, use: "sig" });
  }
  server = createServer((request, response) => {
    if (mode === "silent") return;
    if (mode === "down") response.writeHead(500).end();
    else if (mode === "redirecting" && !request.url?.startsWith("/elsewhere")) {
      response.writeHead(302, { location: `/elsewhere${request.url}` }).end();
    } else if (request.url?.endsWith("/openid-configuration")) {
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/keys` }));
    } else response.end(JSON.stringify({ keys: published }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  mode = "up";
  published = jwks.slice(0, 1);
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
const byIssuer = (changes: object = {}, key = 0, header: object = { kid: jwks[key]?.kid }) =>
  new SignJWT({ ...claims(), iss: issuer, aud: "parley", ...changes })
    .setProtectedHeader({ alg: "RS256", ...header })
    .sign(pairs[key]?.privateKey as CryptoKey);

describe("tokens signed with a secret", () => {
  const tokens = joseTokens({ userClaim: "sub", secret });

  it("say who somebody is", async () => {
    const exp = later();
    const token = await bySecret(claims({ exp, scope: "notices:write" }));
    expect(await tokens.verify(token)).toEqual({
      identity: {
        user: "alice",
        name: "Alice",
        expiresAtMs: exp * 1_000,
        scopes: ["notices:write"],
      },
    });
  });
});

const alice = { identity: { user: "alice" } };

describe("tokens signed while a secret is changed", () => {
  const next = "the next secret, which is as long as it must be";
  const tokens = joseTokens({ userClaim: "sub", secret: next, previousSecret: secret });
  const signed = (key: string) =>
    new SignJWT(claims()).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(key));

  it("are good with the secret of now and with the one of before", async () => {
    for (const key of [next, secret]) {
      expect(await tokens.verify(await signed(key))).toMatchObject(alice);
    }
  });

  it("are refused with any other, and with the one of before once that is dropped", async () => {
    const refused = { refused: { reason: "bad_signature" } };
    const other = "another secret, which is as long as it must be";
    expect(await tokens.verify(await signed(other))).toMatchObject(refused);
    const after = joseTokens({ userClaim: "sub", secret: next });
    expect(await after.verify(await signed(secret))).toMatchObject(refused);
  });

  it("are refused when they have expired, whichever secret they are signed with", async () => {
    const expired = joseTokens(
      { userClaim: "sub", secret: next, previousSecret: secret },
      () => Date.now() + 3_600_000,
    );
    for (const key of [next, secret]) {
      const verdict = await expired.verify(await signed(key));
      expect(verdict).toMatchObject({ refused: { reason: "expired" } });
    }
  });
});

describe("tokens of an issuer", () => {
  const tokens = (nowMs?: () => number) =>
    joseTokens({ userClaim: "sub", issuer, audience: "parley", algorithms: ["RS256"] }, nowMs);

  it("are verified with keys found by discovery", async () => {
    expect(await tokens().verify(await byIssuer())).toMatchObject(alice);
  });

  it("may name several audiences, or Cognito's client_id", async () => {
    const several = await byIssuer({ aud: ["other", "parley"] });
    expect(await tokens().verify(several)).toMatchObject(alice);
    const cognito = await byIssuer({ aud: undefined, client_id: "parley" });
    expect(await tokens().verify(cognito)).toMatchObject(alice);
  });

  it("cannot be verified while the issuer is down, and can when it is back", async () => {
    let nowMs = Date.now();
    const fresh = tokens(() => nowMs);
    const token = await byIssuer();
    mode = "down";
    await expect(fresh.verify(token)).rejects.toMatchObject({ code: "unavailable" });
    mode = "up";
    nowMs += limits.keysFailedMs;
    expect(await fresh.verify(token)).toMatchObject(alice);
  });

  it("are verified with the keys of before while the issuer is down", async () => {
    let nowMs = Date.now();
    const known = tokens(() => nowMs);
    const token = await byIssuer({ exp: later() + 3_600 });
    expect(await known.verify(token)).toMatchObject(alice);
    mode = "down";
    nowMs += limits.keysFreshMs + 60_000;
    expect(await known.verify(token)).toMatchObject(alice);
  });

  it("are verified with a key that is newer than the keys at hand", async () => {
    const known = tokens();
    expect(await known.verify(await byIssuer())).toMatchObject(alice);
    published = jwks.slice(1);
    expect(await known.verify(await byIssuer({}, 1))).toMatchObject(alice);
    const old = await known.verify(await byIssuer());
    expect(old).toEqual({ refused: { reason: "unknown_key" } });
  });

  it("are verified with each key that fits when they do not say which", async () => {
    published = jwks;
    const known = tokens();
    for (const key of [0, 1]) {
      expect(await known.verify(await byIssuer({}, key, {}))).toMatchObject(alice);
    }
    published = [...jwks].reverse();
    expect(await tokens().verify(await byIssuer({}, 1, {}))).toMatchObject(alice);
  });

  it("that say no key are refused when none fits, and verified once it is published", async () => {
    published = jwks.slice(0, 1);
    const known = tokens();
    const token = await byIssuer({}, 1, {});
    expect(await known.verify(token)).toMatchObject({ refused: {} });
    published = jwks;
    expect(await known.verify(token)).toMatchObject(alice);
  });

  it("are not verified with keys that another host is said to have", async () => {
    mode = "redirecting";
    await expect(tokens().verify(await byIssuer())).rejects.toMatchObject({ code: "unavailable" });
    const atUrl = askedKeys({ issuer, jwksUrl: `${issuer}/keys` });
    await expect(atUrl()).rejects.toThrow();
    mode = "up";
    await expect(atUrl()).resolves.toBeTypeOf("function");
  });

  it("are given up when the issuer takes the request and does not answer", async () => {
    mode = "silent";
    await expect(askedKeys({ issuer }, 20)()).rejects.toThrow(/timeout/);
  });
});
