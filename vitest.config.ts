/** One runner for every suite. Suites that start processes find free ports and end their own. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { localAwsSettings } from "./local/awsSettings.ts";
import DearestFirst from "./test/support/dearestFirst.ts";
import { hangMs } from "./test/support/hang.ts";
import { type NodeVersion, nodePath } from "./test/support/nodeBinaries.ts";

const endToEnd = "test/e2e/**/*.test.ts";
const scenarios = "test/scenarios/**/*.test.ts";
/**
 * Modules here keep nothing that another file minds, so that files can share a process, and what
 * they import is read once. Tests that replace a module, or its settings, stand elsewhere.
 */
const shared = [
  ...["client", "contract", "docs", "integration", "mutants", "property"],
  ...["simulation", "support", "unit", "local/streams"],
].map((name) => `test/${name}/**/*.test.ts`);

/** Runs once more on the packaged bundles, on the version of Node that Lambda has. */
const core = ["handshake", "http", "httpHabits", "messages", "presence", "rooms", "sending"];
const lambdaNode: NodeVersion = "24";
// test/roles says so, or fails, when that version is missing.
const hasLambdaNode = existsSync(nodePath(lambdaNode));
const packaged = {
  extends: true as const,
  test: {
    name: "packaged",
    include: core.map((name) => `test/e2e/${name}.test.ts`),
    globalSetup: ["test/roles/sharedPackage.ts"],
    env: { PARLEY_GATEWAY: "faithful", PARLEY_NODE: lambdaNode },
  },
};

// Tests, and the processes that they start, make their folders in one that goes with the run.
const scratch = mkdtempSync(join(tmpdir(), "parley-test-"));
process.env["TMPDIR"] = scratch;
process.once("exit", () => rmSync(scratch, { recursive: true, force: true }));

// A push is best effort: on a machine that runs all of this at once, functions would give gateways
// up that are only slow, and tests would wait for what was skipped.
process.env["PARLEY_PATIENCE"] = "5";

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/summary.ts"],
    // Generous, because they only bound a hang: no test waits for the clock. What a test waits for
    // gives up a little sooner, and says what did not come.
    testTimeout: hangMs + 60_000,
    hookTimeout: hangMs + 60_000,
    expect: { poll: { timeout: hangMs } },
    // Most files wait for processes, sockets and databases more than they compute.
    maxWorkers: 8,
    sequence: { sequencer: DearestFirst },
    env: {
      // No test depends on what its developer deploys with.
      ...localAwsSettings,
    },
    projects: [
      {
        extends: true,
        test: {
          name: "e2e",
          include: [endToEnd, scenarios],
          globalSetup: ["test/support/sharedService.ts"],
        },
      },
      ...(hasLambdaNode ? [packaged] : []),
      { extends: true, test: { name: "shared", include: shared, isolate: false } },
      {
        extends: true,
        test: {
          name: "rest",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, endToEnd, scenarios, ...shared],
        },
      },
    ],
  },
});
