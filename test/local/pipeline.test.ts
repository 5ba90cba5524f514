/** The deployment's workflow calls commands that there are, and keeps nothing of its own. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

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
    expect(named).toEqual(["check", "validate", "smoke"]);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
    const order = [
      "npm ci",
      "serverless package",
      "run validate",
      "serverless deploy",
      "run smoke",
    ];
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
