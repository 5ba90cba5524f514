/**
 * The stream of the log, and the functions that it sets off. As AWS does: a batch is handed over
 * again, whole, until its function has come to an end, and again from the first event of a room
 * that failed; while that lasts, what else is appended waits. A worker is an operation of its
 * own: it may be killed, and goes on when its caller is.
 */
import type { ShardJob } from "../../lib/model.ts";
import type { Ports, Workers } from "../../lib/ports.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import type { Operating } from "./operating.ts";
import type { Task } from "./scheduler.ts";

/** What `fanOut` has of time, and how often a batch is tried (serverless.yml). */
const fanOutMs = 300_000;
const attemptsMax = 4;

/** A worker's function was killed: its caller is told. */
export class WorkerDied extends Error {}

export interface Stream {
  appended(room: string, event: LogEvent): void;
}

export function createStream(
  core: Pick<Operating, "service" | "scheduler" | "operate">,
  batchSize: () => number,
): Stream {
  const waiting: { room: string; event: LogEvent }[] = [];
  let isRunning = false;
  let attempts = 0;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) await handOver();
    isRunning = false;
  }

  async function handOver(): Promise<void> {
    let batch: typeof waiting = [];
    const outcome = await core.operate("stream", "fan-out", async (ports) => {
      core.scheduler.touch({ thing: "stream", writes: true });
      batch = waiting.slice(0, batchSize());
      const fanOutPorts = { ...ports, sharding: ports.subscriptions, delivered: new Map() };
      return core.service.actions.fanOut(batch, ports.clock.nowMs() + fanOutMs, fanOutPorts);
    });
    attempts += 1;
    const isFailed = ({ room }: { room: string }) => outcome.died || outcome.result.has(room);
    const failed = batch.findIndex(isFailed);
    if (failed === 0 && attempts < attemptsMax) return;
    attempts = 0;
    waiting.splice(0, failed > 0 ? failed : batch.length); // what was tried so often is given up
  }

  return {
    appended(room, event) {
      core.scheduler.touch({ thing: "stream", writes: true });
      waiting.push({ room, event });
      if (!isRunning) void run();
    },
  };
}

export function scheduledWorkers(
  core: Pick<Operating, "service" | "operate">,
  task: Pick<Task, "call">,
): Workers {
  return {
    async deliver(job) {
      const name = `${job.room} ${job.shard}`;
      const worker = await task.call(`invoke ${name}`, [], async () => ({
        ended: core.operate(`worker ${name}`, sketchOf(job), (ports: Ports) =>
          core.service.actions.deliverShard(job, ports),
        ),
      }));
      const outcome = await worker.ended;
      if (outcome.died) throw new WorkerDied(`the worker of ${name} died`);
      return outcome.result;
    },
  };
}

function sketchOf({ events, after = "" }: ShardJob): string {
  return `deliver [${events.map(({ seq }) => seq).join(",")}] ${after}`;
}
