/**
 * What a deployment is refused for, by its package alone. moto.test.ts shows that a refusal stops
 * `serverless deploy` before anything is created.
 */
import { expect, it, onTestFinished, vi } from "vitest";
import { refusalOfPackage } from "../../local/deploy/checkDeployment.ts";
import type { CompiledTemplate } from "../../local/deploy/compiledTemplate.ts";
import type { Packaged } from "./packaged.ts";

// Osls loads it by its path, and it has no types.
const plugin: string = new URL("../../local/plugin.mjs", import.meta.url).href;
const secret = "a secret that is long enough for HS256";

export function describeRefusals(packaged: () => Packaged): void {
  it("is refused without settings for tokens, even if the shell that deploys it has them", () => {
    vi.stubEnv("AUTH_SECRET", secret);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(refusalOfPackage(packaged().template, "dev")).toMatch(/^unable to deploy; .*AUTH_/);
  });

  it("is refused for another stage than it was packaged for", () => {
    const template = withSecret(packaged().template);
    expect(refusalOfPackage(template, "prod")).toBe(
      "unable to deploy; this was packaged for the stage dev, not prod",
    );
    expect(refusalOfPackage(template, "dev")).toBeUndefined();
  });

  it("cannot be deployed one function at a time, with the settings of the shell", async () => {
    const processedInput = { commands: ["deploy", "function"] };
    const { default: LocalPlugin } = await import(plugin);
    const { hooks } = new LocalPlugin({ processedInput, classes: { Error } });
    await expect(hooks["before:deploy:function:initialize"]()).rejects.toThrow(
      "unable to deploy one function",
    );
  });
}

function withSecret(template: CompiledTemplate): CompiledTemplate {
  const settle = (key: string, value: unknown) => (key === "AUTH_SECRET" ? secret : value);
  return JSON.parse(JSON.stringify(template, settle));
}
