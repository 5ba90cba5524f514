/**
 * Forged and confused tokens, at both doors: the handshake's authorizer and the HTTP API. Each is
 * bad for one reason, which is logged; the same token without that reason is let in.
 */
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { UnsecuredJWT } from "jose";
import { describe, expect, it, vi } from "vitest";
import type { RefusalReason } from "../../lib/identity/tokenRefusal.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { attacked, inSeconds, secret, signed } from "./attacked.ts";
import { doorsOf, shut } from "./doors.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const doors = doorsOf(await attacked());

const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** A token that its header does not describe. */
function hmac(header: object, payload: object = claims, key = secret, hash = "sha256"): string {
  const content = `${json(header)}.${json(payload)}`;
  return `${content}.${createHmac(hash, key).update(content).digest("base64url")}`;
}
const claims = { sub: "alice", exp: inSeconds(600) };

describe("with a shared secret", () => {
  it("a good token is let in at both doors", async () => {
    expect(await doors(await signed())).toMatchObject({
      handshake: "alice",
      http: 200,
      logged: [],
    });
    expect(await doors(hmac({ alg: "HS256" }))).toMatchObject({ http: 200 });
  });

  const changed = async (payload: object) => {
    const [header, , signature] = (await signed()).split(".");
    return `${header}.${json(payload)}.${signature}`;
  };
  it.each<[string, RefusalReason, () => string | Promise<string>]>([
    ["unsigned, and says so", "wrong_algorithm", () => new UnsecuredJWT(claims).encode()],
    [
      "unsigned, and says so in capitals",
      "wrong_algorithm",
      () => `${json({ alg: "NONE" })}.${json(claims)}.`,
    ],
    ["signed, and says that it is not", "wrong_algorithm", () => hmac({ alg: "none" })],
    ["signed, and does not say how", "wrong_algorithm", () => hmac({})],
    [
      "stripped of its signature",
      "bad_signature",
      async () => (await signed()).replace(/[^.]+$/, ""),
    ],
    [
      "signed with another secret",
      "bad_signature",
      () => signed({}, { key: "another secret of the same length" }),
    ],
    ["signed with an empty secret", "bad_signature", () => hmac({ alg: "HS256" }, claims, "")],
    [
      "signed with our secret and another hash",
      "wrong_algorithm",
      () => hmac({ alg: "HS512" }, claims, secret, "sha512"),
    ],
    [
      "signed with our secret, and says another hash",
      "wrong_algorithm",
      () => hmac({ alg: "HS512" }),
    ],
    ["signed with a key pair of its own", "wrong_algorithm", () => signedByRsa()],
    [
      "somebody else's claims under a good signature",
      "bad_signature",
      () => changed({ ...claims, sub: "bob" }),
    ],
    ["expired", "expired", () => signed({ exp: inSeconds(-1) })],
    ["expiring this very second", "expired", () => signed({ exp: inSeconds(0) })],
    ["expiring at a text", "no_expiry", () => signed({ exp: String(inSeconds(600)) })],
    ["expiring at an object", "no_expiry", () => signed({ exp: { valueOf: inSeconds(600) } })],
    ["expiring never", "no_expiry", () => signed({ exp: undefined })],
    ["expiring past all time", "lifetime_too_long", () => signed({ exp: 1e300 })],
    ["not valid yet", "not_yet_valid", () => signed({ nbf: inSeconds(600) })],
    ["valid from a text on", "malformed", () => signed({ nbf: "0" })],
    [
      "demanding an extension that we do not know",
      "malformed",
      () => hmac({ alg: "HS256", crit: ["exp2"], exp2: 1 }),
    ],
    ["nobody's", "no_user", () => signed({ sub: undefined })],
    ["a number's that JSON does not keep", "no_user", () => signed({ sub: 2 ** 53 })],
    ["good for 285,000 years", "lifetime_too_long", () => signed({ exp: inSeconds(9e12) })],
    ["issued tomorrow", "not_yet_valid", () => signed({ iat: inSeconds(86_400) })],
    ["a list of users'", "no_user", () => signed({ sub: ["alice", "bob"] })],
    ["a user's with a space behind", "no_user", () => signed({ sub: "alice " })],
    ["a user's whose name is too long", "no_user", () => signed({ sub: "a".repeat(256) })],
    ["a user's who only looks like alice", "no_user", () => signed({ sub: "\u0430lice" })],
    ["huge", "too_long", () => signed({ padding: "x".repeat(limits.tokenCharacters) })],
    ["three words", "malformed", () => "a.b.c"],
    ["dots", "malformed", () => ".."],
  ])("one that is %s is let in at neither: %s", async (_what, reason, token) => {
    expect(await doors(await token())).toEqual(shut(reason));
  });

  it("two tokens in one place, or nothing there, are let in at neither", async () => {
    const two = `${await signed()} ${await signed()}`;
    expect(await doors(two)).toEqual(shut("malformed", "malformed_place"));
    expect(await doors("")).toEqual(shut("malformed_place", "no_token"));
  });

  function signedByRsa(): string {
    const content = `${json({ alg: "RS256" })}.${json(claims)}`;
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
  }
});
