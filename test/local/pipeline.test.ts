/** The deployment's workflow calls commands that there are, with the settings of its stage. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { runToEnd } from "./processes.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

interface WorkflowStep {
  run?: string;
  uses?: string;
  env?: Record<string, string>;
}

const workflow = parse(read(".github/workflows/deploy.yml"));
const steps: WorkflowStep[] = workflow.jobs.deploy.steps;
const commands = steps.flatMap(({ run = "" }) => run.split("\n"));

describe("the deployment's workflow", () => {
  it("runs scripts of this package, and packages, deploys and tries it in this order", () => {
    const { scripts } = JSON.parse(read("package.json"));
    const named = commands.flatMap((line) => /npm run (?:-s )?([\w-]+)/.exec(line)?.[1] ?? []);
    expect(named).toEqual(["check", "smoke"]);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
    const order = ["npm ci", "serverless package", "cfn-lint --", "serverless deploy", "run smoke"];
    const found = order.map((part) => commands.findIndex((line) => line.includes(part)));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  it("may do no more than read the sources and take a role, and keeps no AWS key", () => {
    expect(workflow.permissions).toEqual({ contents: "read", "id-token": "write" });
    expect(read(".github/workflows/deploy.yml")).not.toMatch(/access-key|secrets\.AWS/i);
  });

  it("writes nothing that somebody typed into a command", () => {
    for (const line of commands) expect(line).not.toContain("$" + "{{");
  });
});

describe("the settings of a pipeline", () => {
  const settings = (variables: Record<string, string> | string) => {
    const text = typeof variables === "string" ? variables : JSON.stringify(variables);
    return runToEnd("pipelineSettings.ts", { env: { VARIABLES: text } });
  };

  it("are those that the service reads and that are set, and no others", async () => {
    const { code, output } = await settings({
      AUTH_ISSUER: "https://issuer.example.com/",
      AUTH_AUDIENCE: "parley",
      RECOVERY_DAYS: "",
      NODE_OPTIONS: "--require /tmp/x.js",
      GATEWAYS_FILE: "gateways.json",
      AWS_REGION: "eu-central-1",
    });
    expect(output.trim().split("\n")).toEqual([
      "AUTH_AUDIENCE=parley",
      "AUTH_ISSUER=https://issuer.example.com/",
      "GATEWAYS_FILE=gateways.json",
    ]);
    expect(code).toBe(0);
  });

  it.each([
    [{ AUTH_SECRET: "x" }, "AUTH_SECRET is no variable but a secret"],
    [{ AUTH_AUDIENCE: "a\nNODE_OPTIONS=b" }, "AUTH_AUDIENCE has more than one line"],
    ["{", "VARIABLES is no JSON"],
  ])("are refused in one line: %j", async (variables, reason) => {
    const { code, errors } = await settings(variables as Record<string, string>);
    expect([code, errors]).toEqual([1, `unable to read the pipeline's settings; ${reason}\n`]);
  });
});
