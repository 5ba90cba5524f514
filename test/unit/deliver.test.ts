/**
 * Delivering to many, on several gateways: what is bounded, and that no gateway is in another's way
 * (promise 8). Time is the world's: it passes when somebody waits for it.
 */
import { describe, expect, it } from "vitest";
import type { Subscription } from "../../lib/domain/model.ts";
import type { PostResult } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { deliver } from "../../lib/pubsub/deliver.ts";
import { world } from "../support/world.ts";

const frame = new TextEncoder().encode("{}");
const nobodyIsGone = async () => {};

function recipients(count: number, gateway: string, from = 0): Subscription[] {
  return Array.from({ length: count }, (_, index) => ({
    topic: "room:large",
    shard: 0,
    connectionId: `${gateway}-${String(from + index).padStart(7, "0")}`,
    gateway,
    user: "u",
    connectedAtMs: 0,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
  }));
}

async function* pagesOf(...pages: Subscription[][]) {
  yield* pages;
}

const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A world whose gateways answer after `answerMs`, in an order that a sorted list of them gives. */
function timed(answers: (gateway: string, connectionId: string) => [PostResult, number]) {
  const here = world();
  const { ports } = here;
  const pending: { dueMs: number; resolve: () => void }[] = [];
  const counts = new Map<string, { posts: number; inFlight: number; most: number }>();
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
  ports.clock.wait = sleep;
  ports.gateways.post = async ({ gateway, connectionId }, _bytes, withinMs) => {
    const count = counts.get(gateway) ?? { posts: 0, inFlight: 0, most: 0 };
    counts.set(gateway, count);
    count.posts += 1;
    count.inFlight += 1;
    count.most = Math.max(count.most, count.inFlight);
    const [result, afterMs] = answers(gateway, connectionId);
    await sleep(Math.min(afterMs, withinMs));
    count.inFlight -= 1;
    return afterMs > withinMs ? "failed" : result;
  };
  const startMs = ports.clock.nowMs();
  return { ports, counts, elapsedMs: () => ports.clock.nowMs() - startMs };
}

describe("a delivery", () => {
  it("shares its posts in flight between gateways", async () => {
    const { ports, counts } = timed(() => ["delivered", 10]);
    const gateways = ["a", "b", "c", "d", "e", "f"];
    const page = gateways.flatMap((gateway) => recipients(200, gateway));
    let most = 0;
    const { post } = ports.gateways;
    ports.gateways.post = (...args) => {
      const inFlight = [...counts.values()].reduce((sum, count) => sum + count.inFlight, 0);
      most = Math.max(most, inFlight + 1);
      return post(...args);
    };
    const { delivered } = await deliver(ports, pagesOf(page), [frame], {}, nobodyIsGone);
    expect(delivered).toBe(1_200);
    expect(most).toBe(limits.postsInFlight);
    for (const { most } of counts.values())
      expect(most).toBeLessThanOrEqual(limits.postsPerGateway);
    for (const { most } of counts.values()) expect(most).toBeGreaterThan(0);
  });

  it("is not held up on one gateway by the slowness of another", async () => {
    const doneMs = new Map<string, number>();
    const { ports, elapsedMs } = timed((gateway) => {
      doneMs.set(gateway, elapsedMs());
      return ["delivered", gateway === "slow" ? 1_500 : 5];
    });
    const page = [...recipients(500, "slow"), ...recipients(500, "fast")];
    const { delivered } = await deliver(ports, pagesOf(page), [frame], {}, nobodyIsGone);
    expect(delivered).toBe(1_000);
    expect(doneMs.get("fast")).toBeLessThan(1_500);
    expect(doneMs.get("slow")).toBeGreaterThan(1_500 * (500 / limits.postsPerGateway - 2));
  });

  it("gives up a gateway that does not answer, for one time-out and not one for each", async () => {
    const { ports, counts, elapsedMs } = timed((gateway) => [
      gateway === "dead" ? "failed" : "delivered",
      gateway === "dead" ? 60_000 : 5,
    ]);
    const page = [...recipients(1_000, "dead"), ...recipients(100, "well")];
    const outcome = await deliver(ports, pagesOf(page), [frame], {}, nobodyIsGone);
    expect(outcome).toMatchObject({ delivered: 100, skipped: 1_000, gone: 0 });
    expect(counts.get("dead")?.posts).toBeLessThanOrEqual(limits.postsPerGateway * 2);
    expect(elapsedMs()).toBeLessThan(limits.postTimeoutMs * 3);
  });

  it("slows a gateway down that is throttling, and gets through", async () => {
    // A bucket of 50 posts, filled again with 500 a second.
    let tokens = 50;
    let filledMs = 0;
    const { ports, counts, elapsedMs } = timed(() => {
      tokens = Math.min(50, tokens + (elapsedMs() - filledMs) / 2);
      filledMs = elapsedMs();
      if (tokens < 1) return ["throttled", 5];
      tokens -= 1;
      return ["delivered", 5];
    });
    const outcome = await deliver(
      ports,
      pagesOf(recipients(1_000, "g")),
      [frame],
      {},
      nobodyIsGone,
    );
    expect(outcome.delivered).toBeGreaterThan(900);
    expect(counts.get("g")?.posts).toBeLessThan(1_500); // without a pause: thousands, most in vain
  });

  it("lets one client that reads too slowly slow nobody down", async () => {
    const isSlow = (id: string) => Number(id.split("-")[1]) % 20 === 0;
    const { ports, elapsedMs } = timed((_, id) => [isSlow(id) ? "throttled" : "delivered", 5]);
    const outcome = await deliver(
      ports,
      pagesOf(recipients(1_000, "g")),
      [frame],
      {},
      nobodyIsGone,
    );
    expect(outcome).toMatchObject({ delivered: 950, skipped: 50 });
    // As long as one of the slow clients takes, whatever their number: the others go past them.
    expect(elapsedMs()).toBeLessThan(600);
  });

  it("posts several frames to each in their order, and none behind one that failed", async () => {
    const { ports } = world();
    const posted: string[] = [];
    ports.gateways.post = async ({ connectionId }, bytes) => {
      posted.push(`${connectionId} ${new TextDecoder().decode(bytes)}`);
      return connectionId === "g-0000001" ? "refused" : "delivered";
    };
    const frames = ["1", "2"].map((text) => new TextEncoder().encode(text));
    const page = recipients(2, "g");
    const outcome = await deliver(ports, pagesOf(page), frames, {}, nobodyIsGone);
    expect(outcome).toMatchObject({ delivered: 1, skipped: 1 });
    expect(posted.sort()).toEqual(["g-0000000 1", "g-0000000 2", "g-0000001 1"]);
  });
});
