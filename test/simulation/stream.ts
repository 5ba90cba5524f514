/**
 * The stream of the log, and the functions that it sets off. As AWS does: a batch is handed over
 * again, whole, until its function has come to an end, and again from the first event of a room
 * that failed; while that lasts, what else is written waits. A worker is an operation of its
 * own: it may be killed, and goes on when its caller is.
 */
import type { Changed } from "../../lib/actions/messages/announceChanges.ts";
import type { Appended } from "../../lib/actions/messages/fanOut.ts";
import type { ShardJob } from "../../lib/model.ts";
import type { Ports, Workers } from "../../lib/ports.ts";
import type { Operating, OperationPorts } from "./operating.ts";
import type { Task } from "./scheduler.ts";

/** What `fanOut` has of time, and how often a batch is tried (serverless.yml). */
const fanOutMs = 300_000;
const fanOutAttempts = 4;
const announceAttempts = 11;
/** How often a batch that was done is handed over once more, and how often in another order. */
const againChance = 0.1;

/** A worker's function was killed: its caller is told. */
export class WorkerDied extends Error {}

/** One function that reads the stream. */
interface StreamReader<T> {
  /** The stream brings what was written. */
  brings(written: T): void;
}

type Core = Pick<Operating, "service" | "scheduler" | "operate">;
type Random = (() => number) | undefined;

interface Reading<T> {
  thread: string;
  what: string;
  attemptsMax: number;
  /** The rooms where it failed. */
  run(batch: readonly T[], ports: OperationPorts): Promise<ReadonlySet<string>>;
  /** Whether a batch that was done comes once more, and in another order. */
  isAgain(): boolean;
}

/** Large rooms' events, to `fanOut`. */
export function createFanOuts(core: Core, random: Random): StreamReader<Appended> {
  return readerOf(core, random, {
    thread: "stream",
    what: "fan-out",
    attemptsMax: fanOutAttempts,
    run: (batch, ports) => {
      const fanOutPorts = { ...ports, sharding: ports.subscriptions, delivered: new Map() };
      return core.service.actions.fanOut(batch, ports.clock.nowMs() + fanOutMs, fanOutPorts);
    },
    isAgain: () => false,
  });
}

/** Changed messages, to `announce`. What it is told is late, and comes twice and out of order. */
export function createAnnouncements(core: Core, random: Random): StreamReader<Changed> {
  return readerOf(core, random, {
    thread: "announcer",
    what: "announce",
    attemptsMax: announceAttempts,
    run: (batch, ports) => core.service.actions.announceChanges(batch, ports),
    isAgain: () => random !== undefined && random() < againChance,
  });
}

function readerOf<T extends { room: string }>(
  core: Core,
  random: Random,
  reading: Reading<T>,
): StreamReader<T> {
  const { thread, what, attemptsMax, run, isAgain } = reading;
  const batchSize = random ? () => 1 + Math.floor(random() * 10) : () => 100;
  const waiting: T[] = [];
  let isRunning = false;
  let attempts = 0;

  async function goOn(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) await handOver();
    isRunning = false;
  }

  async function handOver(): Promise<void> {
    let batch: T[] = [];
    const outcome = await core.operate(thread, what, async (ports) => {
      core.scheduler.touch({ thing: thread, writes: true });
      batch = waiting.slice(0, batchSize());
      return run(batch, ports);
    });
    attempts += 1;
    const isFailed = ({ room }: T) => outcome.died || outcome.result.has(room);
    const failed = batch.findIndex(isFailed);
    if (failed === 0 && attempts < attemptsMax) return;
    attempts = 0;
    // Tried so often, it is given up.
    const done = waiting.splice(0, failed > 0 ? failed : batch.length);
    if (isAgain()) waiting.push(...done.reverse());
  }

  return {
    brings(written) {
      core.scheduler.touch({ thing: thread, writes: true });
      waiting.push(written);
      if (!isRunning) void goOn();
    },
  };
}

export function scheduledWorkers(
  core: Pick<Operating, "service" | "operate">,
  task: Pick<Task, "call">,
  begunAt: number,
): Workers {
  return {
    async deliver(job) {
      const name = `${job.room} ${job.shard}`;
      const work = (ports: Ports) => core.service.actions.deliverShard(job, ports);
      const worker = await task.call(`invoke ${name}`, [], async () => ({
        ended: core.operate(`worker ${name}`, sketchOf(job), work, begunAt),
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
