/** Claims of tokens whose signature is right: whom they name, until when, and with which rights. */
import { describe, expect, it } from "vitest";
import { identityOf } from "../../lib/identity/claims.ts";
import { limits } from "../../lib/protocol/limits.ts";

const now = 1_800_000_000;
const nowMs = now * 1_000;
const claims = { sub: "alice", exp: now + 600, name: "Alice", scope: "a notices:write" };
const wanted = { userClaim: "sub" };
const of = (changes: object, settings: object = {}) =>
  identityOf({ ...claims, ...changes }, { ...wanted, ...settings }, nowMs);
const userOf = (sub: unknown) => of({ sub });
const reasonOf = (changes: object, settings: object = {}) => {
  const verdict = of(changes, settings);
  return "refused" in verdict ? verdict.refused.reason : "let in";
};

describe("an identity", () => {
  it("is the user, the name, the expiry and the scopes of the claims", () => {
    expect(of({})).toEqual({
      identity: {
        user: "alice",
        name: "Alice",
        expiresAtMs: nowMs + 600_000,
        scopes: ["a", "notices:write"],
      },
    });
  });

  it("is of the claim that is configured", () => {
    expect(of({ oid: "bob" }, { userClaim: "oid" })).toMatchObject({ identity: { user: "bob" } });
  });

  it.each([
    ["an address with a tag", "name+tag@example.com"],
    ["an address with an apostrophe", "o'brien@example.com"],
    ["a federated user of Keycloak's", "f:0b6cd11c-7f6e-4f0a-9d2f-3a1f3f6f2f0e:jdoe"],
    ["base64 of ADFS", "Zm9vYmFyL2Jhei8rPT0="],
    ["base64url that begins with an underscore", "_x7Bk2-9"],
    ["base64url that begins with a hyphen", "-x7Bk2_9"],
    ["SAML behind Auth0", `samlp|corp|${"x".repeat(200)}@example.com`],
    ["a name of a directory", "CN=Jane Doe,OU=Users,DC=example"],
  ])("is the user to the letter: %s", (_provider, sub) => {
    expect(userOf(sub)).toMatchObject({ identity: { user: sub } });
  });

  it("is the decimal text of a user that is a number", () => {
    expect(userOf(42)).toMatchObject({ identity: { user: "42" } });
    expect(userOf(Number.MAX_SAFE_INTEGER)).toMatchObject({
      identity: { user: "9007199254740991" },
    });
  });

  it.each([
    [undefined, "sub is missing"],
    ["alice ", "sub must be a user: 1–255 printable ASCII"],
    ["", "sub must be a user: "],
    ["a".repeat(256), "sub must be a user: "],
    ["älice", "sub must be a user: "],
    [":".repeat(255), "sub must have at most 500 characters"],
    [2 ** 53, "sub is no whole number below 2^53"],
    [1.5, "sub is no whole number"],
    [true, "sub must be a string"],
    [["alice"], "sub must be a string"],
    [null, "sub must be a string"],
  ])("is refused for the user %j with the claim and the reason, not the value", (sub, detail) => {
    expect(userOf(sub)).toEqual({
      refused: { reason: "no_user", detail: expect.stringContaining(detail) },
    });
    if (typeof sub === "string" && sub !== "") {
      expect(JSON.stringify(userOf(sub))).not.toContain(sub);
    }
  });
});

describe("the times of a token", () => {
  it.each<[string, object, string]>([
    ["no expiry", { exp: undefined }, "no_expiry"],
    ["an expiry that is text", { exp: "1800000000" }, "no_expiry"],
    ["an expiry just now", { exp: now }, "expired"],
    ["an expiry a moment ago, without any leeway", { exp: now - 1 }, "expired"],
    ["an expiry in a moment", { exp: now + 1 }, "let in"],
    ["an endless expiry", { exp: Number.POSITIVE_INFINITY }, "lifetime_too_long"],
    ["an expiry past all time", { exp: 1e300 }, "lifetime_too_long"],
    ["a start a minute ahead, as of a clock that is", { nbf: now + 60, iat: now + 60 }, "let in"],
    ["a start further ahead", { nbf: now + 61 }, "not_yet_valid"],
    ["an issue further ahead", { iat: now + 61 }, "not_yet_valid"],
    ["a start that is text", { nbf: "0" }, "malformed"],
    ["an issue that is text", { iat: "0" }, "malformed"],
    ["the longest life", { exp: now + limits.tokenLifetimeSeconds }, "let in"],
    ["a longer one", { exp: now + limits.tokenLifetimeSeconds + 1 }, "lifetime_too_long"],
    ["a longer one, nearly over", { iat: now - limits.tokenLifetimeSeconds }, "lifetime_too_long"],
    ["a lifetime of 285,000 years", { exp: now + 285_000 * 31_557_600 }, "lifetime_too_long"],
  ])("with %s: %s", (_case, changes, reason) => {
    expect(reasonOf(changes)).toBe(reason);
  });
});

describe("an audience", () => {
  const audience = "parley";
  it.each<[string, object, string]>([
    ["the one", { aud: "parley" }, "let in"],
    ["one of several", { aud: ["other", "parley"] }, "let in"],
    ["Cognito's client", { client_id: "parley" }, "let in"],
    ["another", { aud: "other" }, "wrong_audience"],
    ["none", {}, "wrong_audience"],
    ["another, with our client", { aud: "other", client_id: "parley" }, "wrong_audience"],
  ])("that is %s: %s", (_case, changes, reason) => {
    expect(reasonOf(changes, { audience })).toBe(reason);
    expect(reasonOf(changes)).toBe("let in"); // where none is asked for
  });
});

describe("scopes", () => {
  const none = { scope: undefined };
  it.each<[string, object, string[]]>([
    ["text", { scope: " a  notices:write " }, ["a", "notices:write"]],
    ["a list", { scope: ["a", "notices:write"] }, ["a", "notices:write"]],
    ["Okta's and Entra's scp", { ...none, scp: ["notices:write"] }, ["notices:write"]],
    ["scp as text", { ...none, scp: "a notices:write" }, ["a", "notices:write"]],
    ["Auth0's permissions, beside a scope", { permissions: ["notices:write"] }, ["notices:write"]],
    ["permissions that are none", { permissions: [] }, []],
    ["nothing", none, []],
    ["a number", { scope: 5 }, []],
    ["a list of anything", { scope: [1, null, "a", ["b"], {}] }, ["a"]],
  ])("are read from %s", (_case, changes, scopes) => {
    expect(of(changes)).toMatchObject({ identity: { scopes } });
  });

  it("are read from the claim that is configured, and from no other", () => {
    const settings = { scopeClaim: "roles" };
    expect(of({ roles: ["notices:write"] }, settings)).toMatchObject({
      identity: { scopes: ["notices:write"] },
    });
    expect(of({ scp: "notices:write" }, settings)).toMatchObject({ identity: { scopes: [] } });
  });
});
