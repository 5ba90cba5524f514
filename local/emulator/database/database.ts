/**
 * Starts a database: dynalite in a worker thread of this process, or Amazon's DynamoDB Local in a
 * process of its own. Both end with this process, even if it is killed, and neither keeps it alive.
 * Contract tests use it too.
 */
import { existsSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { startError } from "../../startError.ts";
import { isAnswering, startDynamodbLocal } from "./dynamodbLocal.ts";

export interface Database {
  /** Such as `http://127.0.0.1:3003`. */
  endpoint: string;
  stop(): Promise<void>;
}

/** `port`: any free port by default. `folder`: keeps the data; in memory by default. */
export interface DatabaseOptions {
  kind: "dynalite" | "local";
  port?: number;
  folder?: string;
}

const stopTimeoutMs = 1000;

/** @throws StartError when Java or the jar is missing, or when another copy uses the folder */
export async function startDatabase({ kind, port, folder }: DatabaseOptions): Promise<Database> {
  const release = folder === undefined ? async () => {} : await claimFolder(folder);
  const path = folder === undefined ? undefined : join(folder, kind);
  try {
    const database =
      kind === "local" ? await startDynamodbLocal(port, path) : await startDynalite(port, path);
    return {
      endpoint: database.endpoint,
      stop: async () => {
        await database.stop();
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A database that was not started here, and does not end with this process. @throws StartError */
export async function databaseAt(endpoint: string): Promise<Database> {
  if (!(await isAnswering(endpoint))) throw startError(`nothing answers at ${endpoint}`);
  return { endpoint, stop: async () => {} };
}

/**
 * Two processes must not use one folder: the second dynalite listens and then dies, and DynamoDB
 * Local does not even notice. The kernel releases LevelDB's lock when a process dies, so a crash
 * leaves nothing to clean up.
 */
async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const { Level } = createRequire(createRequire(import.meta.url).resolve("dynalite"))("level");
  try {
    makeFolder(folder);
    const lock = new Level(join(folder, "lock"));
    await lock.open();
    return () => lock.close();
  } catch (error) {
    const { message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
    if (cause?.code === "LEVEL_LOCKED") throw startError(`another copy is using ${folder}`);
    throw startError(`${folder} cannot hold the data; ${cause?.message ?? message}`);
  }
}

async function startDynalite(port = 0, path?: string): Promise<Database> {
  const worker = new Worker(new URL("dynaliteWorker.mjs", import.meta.url), {
    workerData: { port, path },
    execArgv: [],
  });
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const endpoint = await new Promise<string>((listening, failed) => {
    worker.once("message", (boundPort) => listening(`http://127.0.0.1:${boundPort}`));
    worker.once("error", failed);
  });
  worker.unref();
  return {
    endpoint,
    stop: async () => {
      worker.ref();
      worker.postMessage("stop");
      const patience = setTimeout(() => void worker.terminate(), stopTimeoutMs);
      await exited;
      clearTimeout(patience);
    },
  };
}

/**
 * Makes the folder and its parents. Node's own `recursive` never returns where the system answers
 * ENOENT to every attempt, as in /proc.
 */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another copy was faster.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
