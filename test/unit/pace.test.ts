/** How many posts at once one gateway is given, by what it answers. */
import { describe, expect, it } from "vitest";
import type { PostResult } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { Pace } from "../../lib/pubsub/lane.ts";

const nowMs = 1_000_000;

/** A pace that has seen so many of an answer; a pause lasts as long as it says. */
function paceAfter(...answers: [count: number, result: PostResult, isRetry?: boolean][]) {
  const pace = new Pace();
  for (const [count, result, isRetry = false] of answers) {
    for (let n = 0; n < count; n += 1) pace.saw(result, isRetry, nowMs, () => 0.5);
  }
  return pace;
}
const atOnce = (pace: Pace, atMs: number) => {
  let inFlight = 0;
  while (pace.allows(inFlight, atMs)) inFlight += 1;
  return inFlight;
};

describe("the pace of a gateway", () => {
  it("begins with all that one gateway may have", () => {
    expect(atOnce(paceAfter(), nowMs)).toBe(limits.postsPerGateway);
    expect(atOnce(paceAfter([100, "delivered"]), nowMs)).toBe(limits.postsPerGateway);
  });

  it("pauses and is halved when four answers in a row are throttled, not three", () => {
    expect(paceAfter([3, "throttled"]).pauseLeftMs(nowMs)).toBe(0);
    const pace = paceAfter([4, "throttled"]);
    expect(pace.pauseLeftMs(nowMs)).toBe(100);
    expect(atOnce(pace, nowMs + 99)).toBe(0);
    expect(atOnce(pace, nowMs + 100)).toBe(limits.postsPerGateway / 2);
  });

  it("is halved once for all posts that were in flight when the pause began", () => {
    expect(atOnce(paceAfter([60, "throttled"]), nowMs + 100)).toBe(limits.postsPerGateway / 2);
  });

  it("takes no notice of throttled retries, or of posts that were not answered", () => {
    for (const answers of [[50, "throttled", true] as const, [50, "failed"] as const]) {
      expect(atOnce(paceAfter([...answers]), nowMs)).toBe(limits.postsPerGateway);
    }
  });

  it("wins one place back for each round of answers", () => {
    const half = limits.postsPerGateway / 2;
    const after = (good: number) =>
      atOnce(paceAfter([4, "throttled"], [good, "delivered"]), nowMs + 100) - half;
    expect([0, 1, half, 3 * half].map(after)).toEqual([0, 1, 1, 3]);
  });

  it("pauses twice as long each time, up to a limit, and briefly after good answers", () => {
    const pace = new Pace();
    let atMs = nowMs;
    const pauseOf = (answers: number, result: PostResult) => {
      for (let n = 0; n < answers; n += 1) pace.saw(result, false, atMs, () => 0.5);
      const pauseMs = pace.pauseLeftMs(atMs);
      atMs += pauseMs;
      return pauseMs;
    };
    const pauses = Array.from({ length: 7 }, () => pauseOf(4, "throttled"));
    expect(pauses).toEqual([100, 200, 400, 800, 1_600, 3_200, 3_200]);
    expect(atOnce(pace, atMs)).toBe(1);
    expect(pauseOf(50, "delivered")).toBe(0);
    expect(pauseOf(4, "throttled")).toBe(100);
  });
});
