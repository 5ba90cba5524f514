/** Settings for tokens: what they come to, and the one line that says what is wrong with them. */
import { describe, expect, it } from "vitest";
import { developmentSecret } from "../../lib/identity/developmentSecret.ts";
import { parseTokenSettings } from "../../lib/identity/tokenSettings.ts";

const secret = "a secret that is long enough for HS256";
const issuer = { AUTH_ISSUER: "https://issuer.example.com/", AUTH_AUDIENCE: "parley" };

describe("the settings for tokens", () => {
  it("are an issuer, with RS256 and the sub unless it is said", () => {
    expect(parseTokenSettings(issuer)).toEqual({
      userClaim: "sub",
      issuer: "https://issuer.example.com/",
      audience: "parley",
      algorithms: ["RS256"],
    });
  });

  it("lose the white space around and between their values", () => {
    const padded = {
      AUTH_ISSUER: " https://issuer.example.com/\n",
      AUTH_AUDIENCE: "\tparley ",
      AUTH_ALGORITHMS: " RS256, ES256 ",
      AUTH_JWKS_URL: " https://keys.example.com/?p=1 ",
      AUTH_USER_CLAIM: " oid ",
      AUTH_SCOPE_CLAIM: " roles ",
    };
    expect(parseTokenSettings(padded)).toEqual({
      userClaim: "oid",
      scopeClaim: "roles",
      issuer: "https://issuer.example.com/",
      audience: "parley",
      jwksUrl: "https://keys.example.com/?p=1",
      algorithms: ["RS256", "ES256"],
    });
  });

  it("are a secret, with an audience or without", () => {
    expect(parseTokenSettings({ AUTH_SECRET: secret })).toEqual({ userClaim: "sub", secret });
    expect(parseTokenSettings({ AUTH_SECRET: secret, AUTH_AUDIENCE: "parley" })).toEqual({
      userClaim: "sub",
      secret,
      audience: "parley",
    });
  });

  it("have the secret of before beside the one of now, and never alone", () => {
    const previousSecret = `${secret}, of before`;
    const both = { AUTH_SECRET: secret, AUTH_SECRET_PREVIOUS: previousSecret };
    expect(parseTokenSettings(both)).toEqual({ userClaim: "sub", secret, previousSecret });
    const alone = { AUTH_SECRET_PREVIOUS: previousSecret };
    expect(() => parseTokenSettings({ ...issuer, ...alone })).toThrow("AUTH_SECRET_PREVIOUS says");
    const weak = { ...both, AUTH_SECRET_PREVIOUS: "short" };
    expect(() => parseTokenSettings(weak)).toThrow("AUTH_SECRET_PREVIOUS needs at least 32");
  });

  it("take blank values for ones that are not set, as a template writes them", () => {
    const blank = { AUTH_ISSUER: "", AUTH_JWKS_URL: " ", AUTH_ALGORITHMS: "", AUTH_AUDIENCE: "" };
    expect(parseTokenSettings({ ...blank, AUTH_SECRET: secret })).toEqual({
      userClaim: "sub",
      secret,
    });
  });

  it("take the development secret and an issuer on loopback locally, and there only", () => {
    const local = { PARLEY_LOCAL: "1" };
    expect(parseTokenSettings({ ...local, AUTH_SECRET: developmentSecret })).toEqual({
      userClaim: "sub",
      secret: developmentSecret,
    });
    for (const AUTH_ISSUER of ["http://localhost:1/x", "http://127.0.0.1:1", "http://[::1]:1"]) {
      expect(parseTokenSettings({ ...local, ...issuer, AUTH_ISSUER })).toEqual({
        userClaim: "sub",
        issuer: AUTH_ISSUER,
        audience: "parley",
        algorithms: ["RS256"],
      });
      expect(() => parseTokenSettings({ ...issuer, AUTH_ISSUER })).toThrow(/AUTH_ISSUER/);
    }
    expect(() => parseTokenSettings({ AUTH_SECRET: developmentSecret })).toThrow(
      /anybody can sign/,
    );
    const elsewhere = { ...local, ...issuer, AUTH_ISSUER: "http://localhost.example.com" };
    expect(() => parseTokenSettings(elsewhere)).toThrow(/AUTH_ISSUER/);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    ["nothing", {}, /set AUTH_ISSUER/],
    ["both", { ...issuer, AUTH_SECRET: secret }, /both set/],
    ["an issuer without an audience", { AUTH_ISSUER: "https://a.example" }, /needs AUTH_AUDIENCE/],
    ["no URL", { ...issuer, AUTH_ISSUER: "issuer.example.com" }, /AUTH_ISSUER must be an https/],
    ["one slash", { ...issuer, AUTH_ISSUER: "https:/a.example" }, /AUTH_ISSUER must be/],
    ["only a scheme", { ...issuer, AUTH_ISSUER: "https://" }, /AUTH_ISSUER must be/],
    ["a query", { ...issuer, AUTH_ISSUER: "https://a.example/?x=1" }, /AUTH_ISSUER must have no/],
    ["keys without TLS", { ...issuer, AUTH_JWKS_URL: "http://a.example" }, /AUTH_JWKS_URL must/],
    ["an algorithm of secrets", { ...issuer, AUTH_ALGORITHMS: "HS256" }, /AUTH_ALGORITHMS must be/],
    ["no algorithm at all", { ...issuer, AUTH_ALGORITHMS: "none" }, /AUTH_ALGORITHMS must be/],
    ["an empty algorithm", { ...issuer, AUTH_ALGORITHMS: "RS256," }, /AUTH_ALGORITHMS must be/],
    ["a short secret", { AUTH_SECRET: "short" }, /AUTH_SECRET needs at least 32 characters/],
    ["blanks", { AUTH_SECRET: " ".repeat(32) }, /begins or ends with white space/],
    ["a secret and a line end", { AUTH_SECRET: `${secret}\n` }, /begins or ends with white space/],
    ["one letter", { AUTH_SECRET: "x".repeat(32) }, /needs at least 8 different characters/],
    ["a word four times", { AUTH_SECRET: "password".repeat(4) }, /needs at least 8 different/],
    ["algorithms of a secret", { AUTH_SECRET: secret, AUTH_ALGORITHMS: "RS256" }, /says nothing/],
    ["keys of a secret", { AUTH_SECRET: secret, AUTH_JWKS_URL: "https://a" }, /says nothing/],
  ])("cannot be %s", (_case, env, reason) => {
    expect(() => parseTokenSettings(env)).toThrow(reason);
    expect(() => parseTokenSettings(env)).toThrow(TypeError);
  });

  it("are refused without a word of the secret", () => {
    for (const AUTH_SECRET of ["hunter2", "hunter2".repeat(5), ` ${secret}`]) {
      expect(() => parseTokenSettings({ AUTH_SECRET })).toThrow(/^(?!.*(hunter2|long enough))/);
    }
  });
});
