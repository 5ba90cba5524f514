/**
 * How many messages a second one room takes. A log has one next position, so messages that come
 * together race for it, and each that loses tries the one behind. Many people send into one room,
 * at given moments rather than one after the other, more of them at each step, until the room keeps
 * up no more.
 */

import { percentile } from "../../bench/sample.ts";
import { caller, text } from "../../bench/unitsScenario.ts";
import { send } from "../../lib/actions/messages/send.ts";
import type { Ports } from "../../lib/ports.ts";
import { ChatError } from "../../lib/protocol/chatError.ts";
import { type AppendStep, isKeptUp } from "../measured.ts";

/** Where and when messages are sent. */
export interface Scene {
  ports: Ports;
  /** Table requests and, of these, puts so far. */
  counts: { requests: number; puts: number };
  nowMs(): number;
  /** Resolves then, or soon after; at once when that is past. */
  until(atMs: number): Promise<void>;
  /** Evenly spread over [0, 1). */
  random(): number;
  /** A room with its members, delivered to by the stream: appending is all that is measured. */
  prepare(room: string, users: readonly string[]): Promise<void>;
}

export interface Load {
  offersPerSecond: readonly number[];
  /** Of each. */
  forMs: number;
}

/** So many that nobody writes too much of the room. */
const senders = 100;

export async function appendSteps(
  { offersPerSecond, forMs }: Load,
  scene: Scene,
): Promise<AppendStep[]> {
  const steps: AppendStep[] = [];
  const users = Array.from({ length: senders }, (_, n) => sender(n, scene).user);
  for (const [index, offeredPerSecond] of offersPerSecond.entries()) {
    const room = `busy-${index}`;
    await scene.prepare(room, users);
    const step = await offer(room, offeredPerSecond, forMs, scene);
    steps.push(step);
    if (!isKeptUp(step)) break;
  }
  return steps;
}

const sender = (n: number, { ports }: Scene) => caller(`sender-${n % senders}`, ports);

async function offer(
  room: string,
  offeredPerSecond: number,
  forMs: number,
  scene: Scene,
): Promise<AppendStep> {
  const { ports, counts, nowMs } = scene;
  const putsBefore = counts.puts;
  const startedAtMs = nowMs();
  const tookMs: number[] = [];
  let refused = 0;
  const sendOne = async (n: number) => {
    const sentAtMs = nowMs();
    try {
      await send({ room, text }, sender(n, scene), ports, { publishMs: 1_000 });
      tookMs.push(nowMs() - sentAtMs);
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== "rate_limited") throw error;
      refused += 1;
    }
  };
  const sends: Promise<void>[] = [];
  // As strangers send: at random moments, whatever became of the message before.
  const gapMs = () => (-Math.log(1 - scene.random()) * 1_000) / offeredPerSecond;
  for (let atMs = gapMs(); atMs < forMs; atMs += gapMs()) {
    await scene.until(startedAtMs + atMs);
    sends.push(sendOne(sends.length));
  }
  await Promise.all(sends);
  // What is still on its way at the end counts as late, not as kept up with.
  const elapsedMs = Math.max(forMs, nowMs() - startedAtMs);
  return {
    offeredPerSecond: rounded((sends.length * 1_000) / forMs),
    storedPerSecond: rounded((tookMs.length * 1_000) / elapsedMs),
    p50Ms: rounded(percentile(tookMs, 0.5)),
    p99Ms: rounded(percentile(tookMs, 0.99)),
    writesPerMessage: rounded((counts.puts - putsBefore) / tookMs.length),
    refused,
  };
}

/** No more digits than would mean anything, nor than every processor agrees on. */
const rounded = (value: number): number => Math.round(value * 100) / 100;
