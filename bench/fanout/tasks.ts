/**
 * The two ends of a bench's own processes. What posts is measured in a process that does nothing
 * else, bundled as functions are and run by plain Node, so that neither a compiler nor what another
 * contender left behind is in its memory or its CPU. It ends with the process that started it.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";

export interface OwnProcess<Task, Result> {
  run(task: Task): Promise<Result>;
  end(): Promise<void>;
}

/**
 * `entry` is a file that calls `answerTasks`; `environment` is all that it finds in its own. With
 * `heapMbMost` it dies of a larger heap, and what V8 prints then is not shown. `plugins` are
 * esbuild's.
 */
export async function ownProcess<Task, Result>(
  entry: URL,
  environment: Readonly<Record<string, string>> = {},
  heapMbMost?: number,
  plugins: readonly Plugin[] = [],
): Promise<OwnProcess<Task, Result>> {
  const isLimited = heapMbMost !== undefined;
  const child = fork(await bundled(entry, plugins), {
    env: { ...environment },
    execArgv: isLimited ? [`--max-old-space-size=${heapMbMost}`] : [],
    stdio: ["ignore", "inherit", isLimited ? "ignore" : "inherit", "ipc"],
  });
  let waiting: { done(result: Result): void; failed(error: Error): void } | undefined;
  child.on("message", ({ result, error }: Answer<Result>) => {
    if (error === undefined) waiting?.done(result as Result);
    else waiting?.failed(new Error(error));
  });
  child.once("exit", (code, signal) => {
    waiting?.failed(new Error(`the process ended with ${code ?? signal}`));
  });
  return {
    run: (task) =>
      new Promise((done, failed) => {
        waiting = { done, failed };
        child.send(task as object);
      }),
    end: () => ended(child),
  };
}

interface Answer<Result> {
  result?: Result;
  error?: string;
}

/** The other end: does one task after another, each when it is sent. */
export function answerTasks<Task, Result>(work: (task: Task) => Promise<Result> | Result): void {
  process.on("message", async (task: Task) => {
    try {
      process.send?.({ result: await work(task) });
    } catch (error) {
      process.send?.({ error: error instanceof Error ? error.stack : String(error) });
    }
  });
  process.once("disconnect", () => process.exit());
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill();
  });
}

const bundles = new Map<string, Promise<string>>();
let folder: string | undefined;

/** The file that holds a module and all that it imports. */
export function bundled(entry: URL, plugins: readonly Plugin[]): Promise<string> {
  const source = fileURLToPath(entry);
  const name = [source, ...plugins.map((plugin) => plugin.name)].join();
  const known = bundles.get(name) ?? bundle(source, plugins);
  bundles.set(name, known);
  return known;
}

async function bundle(source: string, plugins: readonly Plugin[]): Promise<string> {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "parley-bench-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const outfile = join(folder, `${bundles.size}.mjs`);
  await build({
    entryPoints: [source],
    plugins: [...plugins],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    mainFields: ["module", "main"],
    banner: {
      js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);',
    },
  });
  return outfile;
}
