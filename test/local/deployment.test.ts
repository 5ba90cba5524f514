/** Deploying what could not work, or would let anybody in, is refused before anything is done. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { developmentSecret } from "../../lib/domain/developmentSecret.ts";
import { refusalOfSettings } from "../../local/deployment.ts";

const tables = { CONNECTIONS_TABLE: "connections", ROOMS_TABLE: "rooms" };
const issuer = { AUTH_ISSUER: "https://issuer", AUTH_AUDIENCE: "parley" };

describe("the settings of a deployment", () => {
  it.each([
    ["an issuer and an audience", issuer],
    ["a secret of one's own", { AUTH_SECRET: "x".repeat(32) }],
    ["another deployment's tables", { ...issuer, ...tables, TABLES_REGION: "eu-west-1" }],
  ])("can be %s", (_case, env) => {
    expect(refusalOfSettings(env)).toBeUndefined();
  });

  it.each([
    ["nothing", {}],
    ["empty", { AUTH_ISSUER: "", AUTH_SECRET: "" }],
    ["an issuer without an audience", { AUTH_ISSUER: "https://issuer" }],
    ["an issuer and a secret", { ...issuer, AUTH_SECRET: "x".repeat(32) }],
    ["one table of another deployment", { ...issuer, ROOMS_TABLE: "rooms" }],
    ["a region of no tables", { ...issuer, TABLES_REGION: "eu-west-1" }],
    ["the development secret", { AUTH_SECRET: developmentSecret }],
  ])("cannot be %s", (_case, env) => {
    expect(refusalOfSettings(env)).toMatch(/^unable to deploy; /);
  });

  it("stop `serverless deploy` with one line", async () => {
    const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
    const env = {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      AUTH_SECRET: developmentSecret,
    };
    const deploying = promisify(execFile)(process.execPath, [serverless, "deploy"], { env });
    const { code, stdout, stderr } = await deploying.catch((error) => error);
    expect(code).toBe(1);
    expect(stdout + stderr).toContain("AUTH_SECRET is the published development secret");
  });
});
