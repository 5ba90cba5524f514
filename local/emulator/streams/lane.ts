/**
 * One of a mapping's lanes: its records go to the function in order, one batch at a time. A batch
 * is all that has arrived meanwhile. A failed batch is retried before the records behind it:
 *
 * - The function reports items: retry from the lowest of them. It throws, and batches may be
 *   bisected: retry each half by itself. Neither costs an attempt, as on AWS.
 * - Any other failure costs an attempt. With none left, the batch is given up, and the next has its
 *   turn.
 * - The function could not be invoked: retry, as long as the records are not too old.
 *
 * Assumed, because AWS does not say: a batch whose first item is reported failed is bisected too,
 * so that one bad record takes no other with it.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { _Record } from "@aws-sdk/client-dynamodb-streams";
import type { EventSource } from "./eventSource.ts";

export type Invoked =
  | { returned: unknown }
  | { failed: { name: string; message: string } }
  /** It did not run: too many do, or it is not there yet. */
  | { unavailable: string };

/** In AWS's words, which a queue would be told. */
export interface GivenUp {
  records: StreamRecord[];
  condition: "RetryAttemptsExhausted" | "RecordAgeExceeded";
  /** How often the function had these records, each time with an error. */
  invocations: number;
  /** Of the last time. */
  reason: string;
}

interface LaneOptions {
  source: EventSource;
  signal: AbortSignal;
  invoke(records: StreamRecord[]): Promise<Invoked>;
  onGivenUp(givenUp: GivenUp): void;
  /** Records that are done with, one way or the other. */
  onDone(count: number): void;
  /** Before the first retry; it doubles with each. */
  retryDelayMs: number;
}

export interface Lane {
  add(record: StreamRecord): void;
}

interface Waiting {
  record: StreamRecord;
  /** The time of reading: a database may round its own times to minutes. */
  sinceMs: number;
}

interface Part {
  waiting: Waiting[];
  failures: number;
  invocations: number;
  /** In a row. */
  delays: number;
  reason: string;
}

/** Lambda: the payload of one invocation. */
const batchBytesMax = 6 * 1024 * 1024;
const retryDelayMaxMs = 5000;

export function openLane(options: LaneOptions): Lane {
  const { source, signal, onDone } = options;
  const queue: Waiting[] = [];
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (queue.length > 0 && !signal.aborted) {
      const batch = queue.splice(0, batchLength(queue, source.batchSize));
      await deliver(batch, options);
      onDone(batch.length);
    }
    isRunning = false;
  }

  return {
    add(record) {
      queue.push({ record, sinceMs: Date.now() });
      // Records that were read together should go together.
      if (!isRunning) queueMicrotask(() => isRunning || void run());
    },
  };
}

function batchLength(queue: Waiting[], batchSize: number): number {
  let bytes = 0;
  const limit = queue.slice(0, batchSize).findIndex(({ record }, i) => {
    bytes += Buffer.byteLength(JSON.stringify(record)) + 1;
    return i > 0 && bytes > batchBytesMax;
  });
  return limit < 0 ? Math.min(queue.length, batchSize) : limit;
}

/** Returns when each record is delivered or given up. */
async function deliver(batch: Waiting[], options: LaneOptions): Promise<void> {
  const { source, signal, invoke } = options;
  const whole = { failures: 0, invocations: 0, delays: 0, reason: "they waited for too long" };
  const parts: Part[] = [{ waiting: batch, ...whole }];
  while (!signal.aborted) {
    const part = parts.shift();
    if (part === undefined) return;
    const fresh = withoutAged(part, options);
    if (fresh.length === 0) continue;
    const invoked = await invoke(fresh.map(({ record }) => record));
    if (signal.aborted) return;
    const rest = whatIsLeft({ ...part, waiting: fresh }, invoked, source);
    const [first] = rest;
    if (first && first.failures > source.maximumRetryAttempts) {
      giveUp(first, "RetryAttemptsExhausted", options);
      continue;
    }
    parts.unshift(...rest);
    if (first && first.delays > 0) await pause(first.delays, options);
  }
}

/** The parts that are still to be delivered, in order. */
function whatIsLeft(part: Part, invoked: Invoked, source: EventSource): Part[] {
  if ("unavailable" in invoked) {
    return [{ ...part, delays: part.delays + 1, reason: invoked.unavailable }];
  }
  const { waiting } = part;
  const doneCount = "failed" in invoked ? 0 : doneCountOf(waiting, invoked.returned, source);
  if (doneCount === waiting.length) return [];
  const reason =
    "failed" in invoked
      ? `${invoked.failed.name}: ${invoked.failed.message}`
      : "the function reported failed items";
  const left = { ...part, waiting: waiting.slice(doneCount), reason };
  left.invocations += 1;
  if (doneCount > 0) return [{ ...left, delays: 1 }];
  if (source.bisectsBatches && waiting.length > 1) {
    const middle = Math.ceil(waiting.length / 2);
    const halves = [waiting.slice(0, middle), waiting.slice(middle)];
    return halves.map((half) => ({ ...left, waiting: half }));
  }
  return [{ ...left, failures: part.failures + 1, delays: part.delays + 1 }];
}

/**
 * The count of records that are done, from the first on. A wrong item identifier makes it 0, as on
 * Lambda; an answer without a list is success.
 */
function doneCountOf(waiting: Waiting[], returned: unknown, source: EventSource): number {
  const failures: unknown = Object(returned).batchItemFailures;
  if (!source.reportsItemFailures || !Array.isArray(failures)) return waiting.length;
  const places = failures.map((failure) =>
    waiting.findIndex(
      ({ record }) => record.dynamodb.SequenceNumber === Object(failure).itemIdentifier,
    ),
  );
  return Math.max(0, Math.min(waiting.length, ...places));
}

function withoutAged(part: Part, options: LaneOptions): Waiting[] {
  const oldestMs = Date.now() - options.source.maximumRecordAgeMs;
  const aged = part.waiting.filter(({ sinceMs }) => sinceMs < oldestMs);
  if (aged.length === 0) return part.waiting;
  giveUp({ ...part, waiting: aged }, "RecordAgeExceeded", options);
  return part.waiting.slice(aged.length);
}

function giveUp(part: Part, condition: GivenUp["condition"], { onGivenUp }: LaneOptions): void {
  const { waiting, invocations, reason } = part;
  onGivenUp({ records: waiting.map(({ record }) => record), condition, invocations, reason });
}

function pause(delays: number, { retryDelayMs, signal }: LaneOptions): Promise<void> {
  const ms = Math.min(retryDelayMs * 2 ** (delays - 1), retryDelayMaxMs);
  return delay(ms, undefined, { signal, ref: false }).catch(() => {});
}

/**
 * A record in Lambda's form: the SDK's, back in the form of the wire, plus the stream's ARN. Times
 * are in seconds, bytes in base64.
 */

export interface StreamRecord {
  eventID: string;
  eventName: string;
  eventVersion: string;
  eventSource: string;
  awsRegion: string;
  dynamodb: {
    ApproximateCreationDateTime: number;
    Keys: Record<string, unknown>;
    NewImage?: Record<string, unknown>;
    OldImage?: Record<string, unknown>;
    SequenceNumber: string;
    SizeBytes: number;
    StreamViewType: string;
  };
  eventSourceARN: string;
}

export function streamRecord(record: _Record, streamArn: string): StreamRecord {
  const { ApproximateCreationDateTime: createdAt, ...change } = record.dynamodb ?? {};
  const { userIdentity: _, ...about } = record;
  const whole = {
    ...about,
    dynamodb: { ApproximateCreationDateTime: Number(createdAt ?? 0) / 1000, ...change },
    eventSourceARN: streamArn,
  };
  return inWireForm(whole) as StreamRecord;
}

function inWireForm(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(inWireForm);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(entries.map(([name, each]) => [name, inWireForm(each)]));
}
