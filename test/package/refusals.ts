/**
 * What a deployment is refused for, by its package alone. moto.test.ts shows that a refusal stops
 * `serverless deploy` before anything is created.
 */
import { expect, it } from "vitest";
import { developmentSecret } from "../../lib/identity/developmentSecret.ts";
import { refusalOfPackage } from "../../local/deploy/checkDeployment.ts";
import type { StageSettings } from "../../local/deploy/stageFile.ts";
import { type Packaged, required } from "./packaged.ts";

// Osls loads it by its path, and it has no types.
const plugin: string = new URL("../../local/plugin.mjs", import.meta.url).href;

export function describeRefusals(packaged: () => Packaged): void {
  it("is refused for other settings than its stage's file has by then, by their names", () => {
    const refusal = (settings: StageSettings) =>
      refusalOfPackage(packaged().template, "dev", settings);
    expect(refusal(required)).toBeUndefined();
    expect(refusal({ ...required, AUTH_USER_CLAIM: "oid", AUTH_AUDIENCE: "page" })).toBe(
      "unable to deploy; this was packaged before AUTH_AUDIENCE, AUTH_USER_CLAIM changed: " +
        "package it again",
    );
  });

  it.each([
    ["nothing", ""],
    ["a weak one", "short"],
    ["the published one", developmentSecret],
  ])("is refused when SSM has %s as its secret", (_case, secret) => {
    const { template } = packaged();
    const inPlace: Record<string, string> = { AUTH_SECRET: secret, AUTH_ISSUER: "" };
    const told = JSON.stringify(template, (key, value) =>
      typeof value === "string" ? (inPlace[key] ?? value) : value,
    );
    // The note of its settings is as it was.
    const broken = { ...JSON.parse(told), Metadata: template.Metadata };
    expect(refusalOfPackage(broken, "dev", required)).toMatch(/^unable to deploy; .*AUTH_/);
  });

  it("is refused for another stage than it was packaged for", () => {
    expect(refusalOfPackage(packaged().template, "prod", required)).toBe(
      "unable to deploy; this was packaged for the stage dev, not prod",
    );
  });

  it("cannot be deployed one function at a time, unchecked", async () => {
    const processedInput = { commands: ["deploy", "function"] };
    const { default: LocalPlugin } = await import(plugin);
    const { hooks } = new LocalPlugin({ processedInput, classes: { Error } });
    await expect(hooks["before:deploy:function:initialize"]()).rejects.toThrow(
      "unable to deploy one function",
    );
  });
}
