/** Deploying what could not work, or would let anybody in, is refused before anything is done. */
import { describe, expect, it } from "vitest";
import { developmentSecret } from "../../lib/identity/developmentSecret.ts";
import { refusalOfSettings } from "../../local/deploy/checkDeployment.ts";

const secret = "a secret that is long enough for HS256";
const issuer = { AUTH_ISSUER: "https://issuer", AUTH_AUDIENCE: "parley" };

describe("the settings of a deployment", () => {
  it.each([
    ["an issuer and an audience", issuer],
    ["a secret of one's own", { AUTH_SECRET: secret }],
    ["an issuer with white space around it", { ...issuer, AUTH_ISSUER: " https://issuer/ \n" }],
    ["a secret and an audience", { AUTH_SECRET: secret, AUTH_AUDIENCE: "parley" }],
    ["reserved names", { ...issuer, RESERVED_ROOMS: "support, official-*" }],
    ["algorithms with blanks between them", { ...issuer, AUTH_ALGORITHMS: "RS256, ES256" }],
  ])("can be %s", (_case, env) => {
    expect(refusalOfSettings(env)).toBeUndefined();
  });

  it.each([
    ["nothing", {}],
    ["empty", { AUTH_ISSUER: "", AUTH_SECRET: "" }],
    ["an issuer without an audience", { AUTH_ISSUER: "https://issuer" }],
    ["an issuer and a secret", { ...issuer, AUTH_SECRET: secret }],
    ["the development secret", { AUTH_SECRET: developmentSecret }],
    ["the development secret, local or not", { AUTH_SECRET: developmentSecret, PARLEY_LOCAL: "1" }],
    ["the development secret with a blank", { AUTH_SECRET: `${developmentSecret} ` }],
    ["a short secret", { AUTH_SECRET: "short" }],
    ["a secret of blanks", { AUTH_SECRET: " ".repeat(32) }],
    ["a secret of one letter", { AUTH_SECRET: "x".repeat(32) }],
    ["an issuer without a scheme", { ...issuer, AUTH_ISSUER: "issuer.example.com" }],
    ["an issuer over plain HTTP", { ...issuer, AUTH_ISSUER: "http://issuer.example.com" }],
    ["an issuer on this machine", { ...issuer, AUTH_ISSUER: "http://localhost:8080" }],
    ["reserved names that no room can have", { ...issuer, RESERVED_ROOMS: "support,Official*" }],
    ["an algorithm that there is not", { ...issuer, AUTH_ALGORITHMS: "RS265" }],
  ])("cannot be %s", (_case, env) => {
    expect(refusalOfSettings(env)).toMatch(/^unable to deploy; /);
  });
});
