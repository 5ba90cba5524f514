/**
 * Restores a table to a point in time, into a table of another name, and gives it back what a
 * restore leaves out: deletion protection, the stream, its own recovery. Last its logs are
 * verified. Each step looks whether it is done already, so a run that was killed is completed by
 * the next. Nothing is changed in the table that is restored from, and no deployment is switched.
 */
import { startError } from "../startError.ts";
import type { Verified } from "./verifyLogs.ts";

export interface TableState {
  /** Of the table and its indexes: nothing is being made or changed. */
  isActive: boolean;
  isProtected: boolean;
  streamArn?: string;
  /** What it was restored from, for a table that was. */
  restoredFrom?: { table: string; atMs: number };
}

/** What a restore takes of DynamoDB. */
export interface RestorePorts {
  find(table: string): Promise<TableState | undefined>;
  /** From when until when a table can be restored, and how many days that is; none: it cannot. */
  recovery(table: string): Promise<Recovery | undefined>;
  restore(from: string, as: string, atMs: number): Promise<void>;
  protect(table: string, isProtected: boolean): Promise<void>;
  /** With new images. */
  openStream(table: string): Promise<void>;
  keepRecovery(table: string, days: number): Promise<void>;
  remove(table: string): Promise<void>;
  verify(table: string): Promise<Verified>;
  clock: { nowMs(): number; wait(ms: number): Promise<void> };
}

interface Recovery {
  earliestMs: number;
  latestMs: number;
  days: number;
}

interface RestoreOptions {
  from: string;
  as: string;
  atMs: number | "latest";
  /** Try it: restore, verify, and remove what was restored. */
  isDrill?: boolean;
  isDryRun?: boolean;
  progress?(text: string): void;
}

interface Restored {
  verified: Verified;
  streamArn?: string;
}

/** Both are bounds of a wait, not of a restore, which takes hours for a large table. */
const pollMs = 10_000;
const progressPolls = 6;

const operation = "restore";
const inTime = (ms: number) => new Date(ms).toISOString();

/** Undefined of a dry run. @throws StartError for what cannot be restored, or not as asked */
export async function restore(
  ports: RestorePorts,
  options: RestoreOptions,
): Promise<Restored | undefined> {
  const { from, as, isDrill = false, isDryRun = false, progress = () => {} } = options;
  const recovery = await recoveryOf(ports, options);
  const atMs = options.atMs === "latest" ? recovery.latestMs : options.atMs;
  const there = await ports.find(as);
  assertSame(there, options);
  progress(`${there ? "goes on with" : "restores"} ${from} as of ${inTime(atMs)} into ${as}`);
  if (isDryRun) return undefined;
  const startedMs = ports.clock.nowMs();
  if (there === undefined) await ports.restore(from, as, atMs);
  await untilActive(ports, as, progress);
  const seconds = () => Math.round((ports.clock.nowMs() - startedMs) / 1_000);
  progress(`restored after ${seconds()} s`);
  if (!isDrill) await completeTable(ports, as, recovery.days, progress);
  const verified = await ports.verify(as);
  progress(`verified after ${seconds()} s`);
  if (isDrill) {
    await ports.remove(as);
    progress(`removed ${as}`);
    return { verified };
  }
  const { streamArn } = (await ports.find(as)) ?? {};
  return { verified, ...(streamArn !== undefined && { streamArn }) };
}

async function recoveryOf(
  ports: RestorePorts,
  { from, as, atMs }: RestoreOptions,
): Promise<Recovery> {
  if (from === as) throw startError("--as names the table that is restored from", operation);
  if ((await ports.find(from)) === undefined) {
    throw startError(`there is no table ${from}`, operation);
  }
  const recovery = await ports.recovery(from);
  if (recovery === undefined) {
    throw startError(`${from} has no point-in-time recovery`, operation);
  }
  const { earliestMs, latestMs } = recovery;
  if (atMs !== "latest" && (atMs < earliestMs || atMs > latestMs)) {
    const range = `from ${inTime(earliestMs)} to ${inTime(latestMs)}`;
    throw startError(`${from} can be restored as of any time ${range}`, operation);
  }
  return recovery;
}

/** A table that is there has to be what an earlier run of the same restore made. */
function assertSame(
  there: TableState | undefined,
  { from, as, atMs, isDrill }: RestoreOptions,
): void {
  if (there === undefined) return;
  if (isDrill && (there.isProtected || there.streamArn !== undefined)) {
    throw startError(`${as} may be in use, and a drill removes what it restored`, operation);
  }
  const { table, atMs: restoredAtMs } = there.restoredFrom ?? {};
  const isSameTime = atMs === "latest" || restoredAtMs === atMs;
  if (table === from && isSameTime) return;
  throw startError(`${as} is there, and is not ${from} as of that time`, operation);
}

async function completeTable(
  ports: RestorePorts,
  as: string,
  days: number,
  progress: (text: string) => void,
): Promise<void> {
  const { isProtected, streamArn } = (await ports.find(as)) ?? {};
  if (!isProtected) await ports.protect(as, true);
  // DynamoDB refuses a change while another one is made.
  await untilActive(ports, as, progress);
  if (streamArn === undefined) await ports.openStream(as);
  await untilActive(ports, as, progress);
  if ((await ports.recovery(as)) === undefined) await ports.keepRecovery(as, days);
  progress("has deletion protection, a stream and recovery again");
}

async function untilActive(
  ports: RestorePorts,
  table: string,
  progress: (text: string) => void,
): Promise<void> {
  for (let polls = 1; !(await ports.find(table))?.isActive; polls += 1) {
    if (polls % progressPolls === 0) progress(`waits for ${table}`);
    await ports.clock.wait(pollMs);
  }
}
