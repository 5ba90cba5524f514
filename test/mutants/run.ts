/**
 * Runs the tests of many patches in one test runner, each patch as a project of its own. The same
 * tests also run without a patch: a test that fails there proves nothing.
 */
import type { TestProjectInlineConfiguration } from "vitest/config";
import { type Reporter, startVitest, type TestModule } from "vitest/node";
import { hangMs } from "../support/hang.ts";
import { type Patch, patched, projectFolder } from "./patch.ts";

/** `hung`: every test that failed timed out. `broken`: a file of it does not load. */
export type Fate = "killed" | "survived" | "hung" | "broken";

export interface Outcome {
  fates: Map<string, Fate>;
  /** Tests that fail without a patch. */
  failing: string[];
}

interface RunOptions {
  workers: number;
  onFate(what: string, fate: Fate): void;
}

/** The project without a patch. */
const sound = "without a patch";

export async function runPatches(
  patches: readonly Patch[],
  { workers, onFate }: RunOptions,
): Promise<Outcome> {
  const all = [...new Set(patches.flatMap(({ tests }) => tests))];
  const env = { PARLEY_STORES: "scarce", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
  const projectOf = (name: string, include: readonly string[], patch?: Patch) =>
    ({
      plugins: patch ? [inPlaceOf(patch)] : [],
      test: {
        name,
        include: [...include],
        env,
        testTimeout: hangMs,
        hookTimeout: hangMs,
        expect: { poll: { timeout: hangMs } },
      },
    }) as TestProjectInlineConfiguration;
  const projects = [
    projectOf(sound, all),
    ...patches.map((patch) => projectOf(patch.what, patch.tests, patch)),
  ];
  const fates = new Map<string, Fate>();
  const modules = new Map<string, TestModule[]>();
  const decide = ({ what }: Patch) => {
    const fate = fateOf(modules.get(what) ?? []);
    fates.set(what, fate);
    onFate(what, fate);
  };
  const reporter: Reporter = {
    onTestModuleEnd(testModule) {
      const { name } = testModule.project;
      const ended = [...(modules.get(name) ?? []), testModule];
      modules.set(name, ended);
      const patch = patches.find(({ what }) => what === name);
      if (patch?.tests.length === ended.length) decide(patch);
    },
  };
  const vitest = await startVitest(
    "test",
    [],
    {
      config: false,
      root: projectFolder,
      watch: false,
      maxWorkers: workers,
      reporters: [reporter],
    },
    { test: { projects } },
  );
  await vitest.close();
  process.exitCode = 0; // failing tests are what a mutant is for
  for (const patch of patches) if (!fates.has(patch.what)) decide(patch);
  return { fates, failing: failuresOf(modules.get(sound) ?? []) };
}

/** Loads one file as the patch has it. */
function inPlaceOf(patch: Patch) {
  const path = `${projectFolder}${patch.file}`;
  return {
    name: "patch",
    enforce: "pre" as const,
    transform: (code: string, id: string) => (id === path ? patched(patch, code) : undefined),
  };
}

function fateOf(modules: readonly TestModule[]): Fate {
  const broken = modules.some((testModule) => testModule.errors().length > 0);
  if (broken || modules.length === 0) return "broken";
  const failed = modules.flatMap((testModule) => [...testModule.children.allTests("failed")]);
  if (failed.length === 0) return "survived";
  const isTimeOut = ({ message }: { message: string }) => /timed out in \d+ms/.test(message);
  const isHung = failed.every((test) => (test.result().errors ?? []).every(isTimeOut));
  return isHung ? "hung" : "killed";
}

function failuresOf(modules: readonly TestModule[]): string[] {
  return modules.flatMap((testModule) => {
    const failed = [...testModule.children.allTests("failed")].map(({ fullName }) => fullName);
    const errors = testModule.errors().map(({ message }) => message);
    return [...failed, ...errors].map((what) => `${testModule.relativeModuleId}: ${what}`);
  });
}
