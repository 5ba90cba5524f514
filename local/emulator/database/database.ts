/**
 * A database to run against: dynalite in a worker thread of this process, or Amazon's DynamoDB
 * Local in a process of its own. Both end with this process, however it ends; neither keeps it
 * alive. Contract tests start theirs here too.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { startError } from "../../startError.ts";
import { makeFolder } from "../folders.ts";
import { startDynamodbLocal } from "./dynamodbLocal.ts";

export interface Database {
  /** Such as `http://127.0.0.1:3003`. */
  endpoint: string;
  stop(): Promise<void>;
}

/** `port`: any free one by default. `folder`: where to keep the data; in memory by default. */
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

/**
 * Two processes on one folder would each believe that it is theirs: dynalite listens and then dies,
 * DynamoDB Local does not even notice. LevelDB's own lock is what the kernel takes away from a
 * process that dies, so a crash leaves nothing to clean up.
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
