/**
 * What a delivery may ask of gateways and of the table before its deadline, whatever they answer
 * (promise 8). Time is the world's: it passes when somebody waits for it.
 */
import { describe, expect, it } from "vitest";
import { publish } from "../../lib/actions/publish.ts";
import type { PostResult } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { deliver } from "../../lib/pubsub/deliver.ts";
import { pagesOf, recipients, timedWorld } from "../support/timedWorld.ts";
import { world } from "../support/world.ts";

const frame = new TextEncoder().encode("{}");
const nobodyIsGone = async () => {};
const silent: [PostResult, number] = ["failed", 60_000];

describe("an expired recipient", () => {
  const expired = { expiresAtMs: 0 };

  it("on a silent gateway holds up an awaited publish no longer than its deadline", async () => {
    const { ports, elapsedMs } = timedWorld(() => silent);
    const withinMs = limits.awaitedPublishMs;
    const page = recipients(1, "silent", expired);
    await deliver(ports, pagesOf(page), [frame], { withinMs }, nobodyIsGone);
    expect(elapsedMs()).toBe(withinMs);
  });

  it("counts like any other when its gateway does not answer", async () => {
    const { ports, asked } = timedWorld(() => silent);
    const page = recipients(1_000, "silent", expired);
    const outcome = await deliver(ports, pagesOf(page), [frame], {}, nobodyIsGone);
    expect(outcome.skipped).toBeGreaterThan(900);
    const { posts = 0, closes = 0 } = asked.get("silent") ?? {};
    expect(posts + closes).toBeLessThanOrEqual(limits.postsPerGateway * 2);
  });
});

describe("a gateway that stops answering", () => {
  it("is not asked again for everybody who rests, past the limit of posts in flight", async () => {
    // So many are throttled that hundreds rest, but too few for the lane to pause.
    let answered = 0;
    const { ports, asked } = timedWorld(() => {
      answered += 1;
      if (answered > 1_500) return silent;
      return [answered % 8 === 0 ? "throttled" : "delivered", 1];
    });
    const page = recipients(3_000, "g");
    const outcome = await deliver(ports, pagesOf(page), [frame], {}, nobodyIsGone);
    expect(outcome.skipped).toBeGreaterThan(1_500);
    expect(asked.get("g")?.most).toBeLessThanOrEqual(limits.postsPerGateway);
  });
});

describe("every post and close", () => {
  it("is given no more than is left until the deadline", async () => {
    const { ports, as, pass } = world();
    for (const user of ["alice", "bob"]) await as(user);
    await as("carol", 60);
    pass(60_000);
    const deadlineMs = ports.clock.nowMs() + 1_000;
    const overruns: number[] = [];
    const least: number[] = [];
    const ask = async (withinMs: number): Promise<PostResult> => {
      overruns.push(withinMs - (deadlineMs - ports.clock.nowMs()));
      least.push(withinMs);
      pass(150);
      return "failed";
    };
    ports.gateways.post = (_to, _frame, withinMs) => ask(withinMs);
    ports.gateways.close = (_to, withinMs) => ask(withinMs);
    const topics = ["user:carol", "user:alice", "user:bob"];
    await publish(ports, topics, { type: "pong", atMs: 1 }, { withinMs: 1_000 });
    expect(overruns.length).toBeGreaterThan(4); // carol's post and close, two retries
    expect(Math.max(...overruns)).toBeLessThanOrEqual(0);
    expect(Math.min(...least)).toBeGreaterThan(0);
  });
});
