/**
 * Delivering to many, on several gateways: what is bounded, and that no gateway is in another's way
 * (promise 8). Time is the world's: it passes when somebody waits for it.
 */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { deliver } from "../../lib/pubsub/deliver.ts";
import { pagesOf, recipients, timedWorld } from "../support/timedWorld.ts";
import { world } from "../support/world.ts";

const frame = new TextEncoder().encode("{}");
const nobodyIsGone = async () => {};

describe("a delivery", () => {
  it("shares its posts in flight between gateways", async () => {
    const { ports, asked } = timedWorld(() => ["delivered", 10]);
    const gateways = ["a", "b", "c", "d", "e", "f"];
    const page = gateways.flatMap((gateway) => recipients(200, gateway));
    let most = 0;
    const { post } = ports.gateways;
    ports.gateways.post = (...args) => {
      const inFlight = [...asked.values()].reduce((sum, count) => sum + count.inFlight, 0);
      most = Math.max(most, inFlight + 1);
      return post(...args);
    };
    const { delivered } = await deliver(ports, pagesOf(page), [frame], {}, nobodyIsGone);
    expect(delivered).toBe(1_200);
    expect(most).toBe(limits.postsInFlight);
    for (const { most } of asked.values()) expect(most).toBeLessThanOrEqual(limits.postsPerGateway);
    for (const { most } of asked.values()) expect(most).toBeGreaterThan(0);
  });

  it("is not held up on one gateway by the slowness of another", async () => {
    const doneMs = new Map<string, number>();
    const { ports, elapsedMs } = timedWorld((gateway) => {
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
    const { ports, asked, elapsedMs } = timedWorld((gateway) => [
      gateway === "dead" ? "failed" : "delivered",
      gateway === "dead" ? 60_000 : 5,
    ]);
    const page = [...recipients(1_000, "dead"), ...recipients(100, "well")];
    const outcome = await deliver(ports, pagesOf(page), [frame], {}, nobodyIsGone);
    expect(outcome).toMatchObject({ delivered: 100, skipped: 1_000, gone: 0 });
    expect(asked.get("dead")?.posts).toBeLessThanOrEqual(limits.postsPerGateway * 2);
    expect(elapsedMs()).toBeLessThan(limits.postTimeoutMs * 3);
  });

  it("slows a gateway down that is throttling, and gets through", async () => {
    // A bucket of 50 posts, filled again with 500 a second.
    let tokens = 50;
    let filledMs = 0;
    const { ports, asked, elapsedMs } = timedWorld(() => {
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
    expect(asked.get("g")?.posts).toBeLessThan(1_500); // without a pause: thousands, most in vain
  });

  it("lets one client that reads too slowly slow nobody down", async () => {
    const isSlow = (id: string) => Number(id.split("-")[1]) % 20 === 0;
    const { ports, elapsedMs } = timedWorld((_, id) => [isSlow(id) ? "throttled" : "delivered", 5]);
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
