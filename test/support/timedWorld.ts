/**
 * A world whose gateways take time to answer: it passes when somebody waits for it, and never by
 * itself. Counts what each gateway was asked, and how much of that at once.
 */
import type { Subscription } from "../../lib/model.ts";
import type { PostResult } from "../../lib/ports.ts";
import { type World, world } from "./world.ts";

/** What a gateway was asked for: posts and closes. */
export interface Asked {
  posts: number;
  closes: number;
  inFlight: number;
  most: number;
}

export interface TimedWorld extends World {
  asked: Map<string, Asked>;
  elapsedMs(): number;
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** `answers` says what a gateway answers, and after how many milliseconds. */
export function timedWorld(
  answers: (gateway: string, connectionId: string) => [PostResult, number],
): TimedWorld {
  const here = world();
  const { ports } = here;
  const pending: { dueMs: number; resolve: () => void }[] = [];
  const asked = new Map<string, Asked>();
  let isRunning = false;
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      pending.push({ dueMs: ports.clock.nowMs() + ms, resolve });
      void run();
    });
  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    for (await soon(); pending.length > 0; await soon()) {
      pending.sort((a, b) => a.dueMs - b.dueMs);
      const next = pending.shift();
      here.pass(Math.max(0, (next?.dueMs ?? 0) - ports.clock.nowMs()));
      next?.resolve();
    }
    isRunning = false;
  }
  const ask = async (
    what: "posts" | "closes",
    { gateway, connectionId }: Pick<Subscription, "gateway" | "connectionId">,
    withinMs: number,
  ): Promise<PostResult> => {
    const count = asked.get(gateway) ?? { posts: 0, closes: 0, inFlight: 0, most: 0 };
    asked.set(gateway, count);
    count[what] += 1;
    count.inFlight += 1;
    count.most = Math.max(count.most, count.inFlight);
    const [result, afterMs] = answers(gateway, connectionId);
    await sleep(Math.min(afterMs, withinMs));
    count.inFlight -= 1;
    return afterMs > withinMs ? "failed" : result;
  };
  ports.clock.wait = sleep;
  ports.gateways.post = (to, _frame, withinMs) => ask("posts", to, withinMs);
  ports.gateways.close = (to, withinMs) => ask("closes", to, withinMs);
  const startMs = ports.clock.nowMs();
  return { ...here, asked, elapsedMs: () => ports.clock.nowMs() - startMs };
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
