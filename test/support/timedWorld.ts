/**
 * A world with fake gateways that take time to answer, on a fake clock: time passes when somebody
 * waits for it, and never by itself. Counts what the gateways were asked, and how much at once.
 */
import type { Subscription } from "../../lib/model.ts";
import type { Address, PostResult } from "../../lib/ports.ts";
import { type World, world } from "./world.ts";

/** What a gateway was asked for: posts and closes. */
export class Asked {
  posts = 0;
  closes = 0;
  inFlight = 0;
  /** The most that was in flight at once. */
  most = 0;
}

interface TimedWorld extends World {
  asked: Map<string, Asked>;
  /** Of all gateways together. */
  inAll: Asked;
  elapsedMs(): number;
}

export type Answer = [result: PostResult, afterMs: number];
export const silence: Answer = ["failed", 60_000];

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** `answers` says what a gateway answers, and after how many milliseconds. */
export function timedWorld(answers: (gateway: string, connectionId: string) => Answer): TimedWorld {
  const here = world();
  const { ports } = here;
  const startMs = ports.clock.nowMs();
  const wakings = new Map<number, (() => void)[]>();
  let isRunning = false;
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const dueMs = ports.clock.nowMs() + ms;
      wakings.set(dueMs, [...(wakings.get(dueMs) ?? []), resolve]);
      void run();
    });
  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    for (await soon(); wakings.size > 0; await soon()) {
      const dueMs = Math.min(...wakings.keys());
      const due = wakings.get(dueMs) ?? [];
      wakings.delete(dueMs);
      here.pass(Math.max(0, dueMs - ports.clock.nowMs()));
      for (const wake of due) wake();
    }
    isRunning = false;
  }
  const asked = new Map<string, Asked>();
  const inAll = new Asked();
  const ask = async (
    what: "posts" | "closes",
    { gateway, connectionId }: Address,
    withinMs: number,
  ): Promise<PostResult> => {
    const own = asked.get(gateway) ?? new Asked();
    asked.set(gateway, own);
    for (const count of [own, inAll]) {
      count[what] += 1;
      count.inFlight += 1;
      count.most = Math.max(count.most, count.inFlight);
    }
    const [result, afterMs] = answers(gateway, connectionId);
    await sleep(Math.min(afterMs, withinMs));
    for (const count of [own, inAll]) count.inFlight -= 1;
    return afterMs > withinMs ? "failed" : result;
  };
  ports.clock.wait = sleep;
  ports.sockets.post = (to, _frame, withinMs) => ask("posts", to, withinMs);
  ports.sockets.close = (to, withinMs) => ask("closes", to, withinMs);
  return { ...here, asked, inAll, elapsedMs: () => ports.clock.nowMs() - startMs };
}

/** Subscriptions to one topic, on one gateway. */
export function recipients(
  count: number,
  gateway: string,
  changes: Partial<Subscription> = {},
): Subscription[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: "room:large",
    shard: 0,
    connectionId: `${gateway}-${String(index).padStart(7, "0")}`,
    gateway,
    user: "u",
    connectedAtMs: 0,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    ...changes,
  }));
}

export async function* pagesOf(...pages: Subscription[][]) {
  yield* pages;
}
