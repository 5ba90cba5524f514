/**
 * Delivering to many, on several gateways, with whatever these answer: what is bounded, and that no
 * recipient and no gateway is in another's way (promise 8).
 */
import { describe, expect, it } from "vitest";
import type { Subscription } from "../../lib/model.ts";
import type { PostResult } from "../../lib/ports.ts";
import { limits } from "../../lib/protocol/limits.ts";
import {
  type DeliverPorts,
  deliver,
  type Pages,
  type Selection,
} from "../../lib/pubsub/deliver.ts";
import { Lane } from "../../lib/pubsub/lane.ts";
import { type Answer, pagesOf, recipients, silence, timedWorld } from "../support/timedWorld.ts";
import { world } from "../support/world.ts";

const frame = new TextEncoder().encode("{}");
const post = (
  ports: DeliverPorts,
  to: Subscription[] | Pages,
  selection: Selection = {},
  { frames = [frame], forgetAll = async (_gone: Subscription[]) => {} } = {},
) => deliver(ports, Array.isArray(to) ? pagesOf(to) : to, frames, selection, forgetAll);
const onEach = (gateways: string[], count: number) =>
  gateways.flatMap((name) => recipients(count, name));
const indexOf = (connectionId: string) => Number(connectionId.split("-")[1]);

/** Gateways that answer by each connection's number and its tries; all in a millisecond. */
function answeringBy(result: (index: number, tries: number) => PostResult) {
  const tries = new Map<string, number>();
  return timedWorld((_, id) => {
    tries.set(id, (tries.get(id) ?? 0) + 1);
    return [result(indexOf(id), tries.get(id) ?? 0), 1];
  });
}

describe("a recipient", () => {
  it("gets the frames in their order, and none behind one that failed", async () => {
    const { ports } = world();
    const posted: string[] = [];
    ports.sockets.post = async ({ connectionId }, bytes) => {
      posted.push(`${connectionId} ${new TextDecoder().decode(bytes)}`);
      return indexOf(connectionId) === 1 ? "refused" : "delivered";
    };
    const frames = ["1", "2"].map((text) => new TextEncoder().encode(text));
    const outcome = await post(ports, recipients(2, "g"), {}, { frames });
    expect(outcome).toMatchObject({ delivered: 1, skipped: 1 });
    expect(posted).toEqual(["g-0000000 1", "g-0000001 1", "g-0000000 2"]);
  });

  it("gets each frame's tries again, also after a frame that used them all", async () => {
    const { ports, inAll } = answeringBy((_, tries) =>
      tries % 3 === 0 ? "delivered" : "throttled",
    );
    const outcome = await post(ports, recipients(1, "g"), {}, { frames: [frame, frame] });
    expect(outcome.delivered).toBe(1);
    expect(inAll.posts).toBe(6);
  });

  it("that has expired is told and closed, gets no frame, and counts as gone", async () => {
    const { ports, inAll } = answeringBy(() => "refused");
    const outcome = await post(ports, recipients(3, "g", { expiresAtMs: 0 }));
    expect(outcome).toMatchObject({ gone: 3, skipped: 0 });
    expect(inAll).toMatchObject({ posts: 3, closes: 3 });
  });

  it("that reads too slowly delays nobody else", async () => {
    const { ports, elapsedMs } = answeringBy((n) => (n % 20 === 0 ? "throttled" : "delivered"));
    const outcome = await post(ports, recipients(1_000, "g"));
    expect(outcome).toMatchObject({ delivered: 950, skipped: 50 });
    // As long as one slow client takes, whatever their number.
    expect(elapsedMs()).toBeLessThan(600);
  });
});

describe("gateways", () => {
  it("share the posts in flight, and all of them begin at once", async () => {
    const firstMs = new Map<string, number>();
    const { ports, asked, inAll, elapsedMs } = timedWorld((gateway) => {
      firstMs.set(gateway, firstMs.get(gateway) ?? elapsedMs());
      return ["delivered", 10];
    });
    const names = ["a", "b", "c", "d", "e", "f"];
    const { delivered } = await post(ports, onEach(names, 200));
    expect(delivered).toBe(1_200);
    expect(inAll.most).toBe(limits.postsInFlight);
    for (const { most } of asked.values()) expect(most).toBeLessThanOrEqual(limits.postsPerGateway);
    expect([...firstMs]).toEqual(names.map((name) => [name, 0]));
  });

  it("do not wait for a slow one", async () => {
    const doneMs = new Map<string, number>();
    const { ports, asked, elapsedMs } = timedWorld((gateway) => {
      doneMs.set(gateway, elapsedMs());
      return ["delivered", gateway === "slow" ? 1_500 : 5];
    });
    const outcome = await post(ports, [...recipients(500, "slow"), ...recipients(500, "fast")]);
    expect(outcome.delivered).toBe(1_000);
    expect(doneMs.get("fast")).toBeLessThan(1_500);
    expect(asked.get("slow")?.most).toBe(limits.postsPerGateway);
  });

  it("that do not answer cost one time-out, not one for each connection", async () => {
    const { ports, asked, elapsedMs } = timedWorld((gateway) =>
      gateway === "dead" ? silence : ["delivered", 5],
    );
    const outcome = await post(ports, [...recipients(1_000, "dead"), ...recipients(100, "well")]);
    expect(outcome).toMatchObject({ delivered: 100, skipped: 1_000, left: 0 });
    expect(asked.get("dead")?.posts).toBeLessThanOrEqual(limits.postsPerGateway);
    expect(elapsedMs()).toBeLessThan(limits.postTimeoutMs * 1.5);
  });

  it("that stop answering get no post from those who rest, past no bound", async () => {
    // So many are throttled that hundreds rest, but too few for a pause.
    let answered = 0;
    let postsToSilence = 0;
    const { ports, asked, inAll } = timedWorld((): Answer => {
      answered += 1;
      if (answered <= 7_500) return [answered % 8 === 0 ? "throttled" : "delivered", 1];
      postsToSilence += 1;
      return silence;
    });
    const names = ["a", "b", "c", "d", "e"];
    const outcome = await post(ports, onEach(names, 3_000));
    expect(outcome.skipped).toBeGreaterThan(7_500);
    expect(inAll.most).toBeLessThanOrEqual(limits.postsInFlight);
    for (const { most } of asked.values()) expect(most).toBeLessThanOrEqual(limits.postsPerGateway);
    expect(postsToSilence).toBeLessThanOrEqual(limits.postsInFlight + limits.postsPerGateway);
  });

  it("that throttle are slowed down until they keep up", async () => {
    // A bucket of 50 posts, filled again with 500 a second.
    let tokens = 50;
    let filledMs = 0;
    const { ports, inAll, elapsedMs } = timedWorld(() => {
      tokens = Math.min(50, tokens + (elapsedMs() - filledMs) / 2);
      filledMs = elapsedMs();
      if (tokens < 1) return ["throttled", 5];
      tokens -= 1;
      return ["delivered", 5];
    });
    const outcome = await post(ports, recipients(1_000, "g"));
    expect(outcome.delivered).toBeGreaterThan(900);
    expect(inAll.posts).toBeLessThan(1_500); // without a pause: thousands, most in vain
  });

  it("come back with one answer to a post that was in flight", () => {
    const lane = new Lane();
    const saw = (result: PostResult) => lane.saw(result, false, 0, () => 0.5);
    for (let n = 1; n < limits.unansweredPosts; n += 1) saw("failed");
    expect(lane.isDown()).toBe(false);
    saw("failed");
    expect(lane.isDown()).toBe(true);
    saw("throttled");
    expect(lane.isDown()).toBe(false);
  });
});

describe("memory", () => {
  it("holds no more recipients than may wait, and the pages on their way", async () => {
    const { ports } = world();
    const pageSize = 4_000;
    let read = 0;
    let posted = 0;
    let most = 0;
    async function* pages() {
      for (; read < 60_000; read += pageSize) {
        yield recipients(pageSize, "g");
        most = Math.max(most, read + pageSize - posted);
      }
    }
    ports.sockets.post = async () => {
      posted += 1;
      return "delivered";
    };
    const { delivered } = await post(ports, pages());
    expect(delivered).toBe(60_000);
    expect(most).toBeLessThanOrEqual(limits.recipientsWaiting + 2 * pageSize);
  });

  it("holds a bounded number who rest; the others keep their place meanwhile", async () => {
    const { ports, asked } = answeringBy((n, tries) =>
      n % 8 === 0 && tries === 1 ? "throttled" : "delivered",
    );
    let resting = 0;
    let most = 0;
    const { wait } = ports.clock;
    ports.clock.wait = async (ms) => {
      resting += 1;
      most = Math.max(most, resting);
      await wait(ms);
      resting -= 1;
    };
    const page = onEach(["a", "b", "c", "d"], 3_000);
    expect((await post(ports, page)).delivered).toBe(12_000);
    expect(most).toBeGreaterThan(limits.restingRecipients);
    expect(most).toBeLessThanOrEqual(limits.restingRecipients + limits.postsInFlight);
    expect(asked.get("a")?.most).toBe(limits.postsPerGateway);
  });
});

describe("the deadline", () => {
  it("ends a delivery to a paused gateway, and leaves those that were not tried", async () => {
    const { ports, elapsedMs } = answeringBy(() => "throttled");
    const outcome = await post(ports, recipients(500, "g"), { withinMs: 1_000 });
    expect(outcome.skipped + outcome.left).toBe(500);
    expect(outcome.left).toBeGreaterThan(300);
    expect(elapsedMs()).toBe(1_000);
  });

  it("holds for an expired recipient on a silent gateway", async () => {
    const { ports, elapsedMs } = timedWorld(() => silence);
    const expired = recipients(1, "silent", { expiresAtMs: 0 });
    await post(ports, expired, { withinMs: limits.awaitedPublishMs });
    expect(elapsedMs()).toBe(limits.awaitedPublishMs);
  });

  it("does not keep expired recipients from showing that a gateway is dead", async () => {
    const { ports, inAll } = timedWorld(() => silence);
    const outcome = await post(ports, recipients(1_000, "silent", { expiresAtMs: 0 }));
    expect(outcome.skipped).toBeGreaterThan(900);
    expect(inAll.posts + inAll.closes).toBeLessThanOrEqual(limits.postsPerGateway);
  });

  it("bounds the time of each post and close", async () => {
    const { ports, pass } = world();
    const deadlineMs = ports.clock.nowMs() + 1_000;
    const spare: number[] = [];
    const ask = async (withinMs: number): Promise<PostResult> => {
      spare.push(deadlineMs - ports.clock.nowMs() - withinMs);
      expect(withinMs).toBeGreaterThan(0);
      pass(150);
      return "failed";
    };
    ports.sockets.post = (_to, _frame, withinMs) => ask(withinMs);
    ports.sockets.close = (_to, withinMs) => ask(withinMs);
    const page = [...recipients(1, "a", { expiresAtMs: 0 }), ...recipients(2, "b")];
    await post(ports, page, { withinMs: 1_000 });
    expect(spare.length).toBeGreaterThan(4); // a post and a close, two posts and their retries
    expect(Math.min(...spare)).toBeGreaterThanOrEqual(0);
  });

  it("is where the next delivery goes on, and everybody is reached once", async () => {
    const { ports, pass } = world();
    const reached: string[] = [];
    ports.sockets.post = async ({ connectionId }) => {
      reached.push(connectionId);
      pass(1);
      return "delivered";
    };
    const all = recipients(10_000, "g");
    async function* pages(after: string) {
      const from = all.findIndex(({ connectionId }) => connectionId > after);
      for (let next = from; next < all.length; next += 500) yield all.slice(next, next + 500);
    }
    let after: string | undefined = "";
    let rounds = 0;
    for (; after !== undefined; rounds += 1) {
      const outcome = await post(ports, pages(after), { withinMs: 4_000 });
      expect(outcome.skipped).toBe(0);
      after = outcome.stoppedBehind;
    }
    expect(rounds).toBeGreaterThan(2);
    expect(reached).toEqual(all.map(({ connectionId }) => connectionId));
  });
});

describe("connections that are gone", () => {
  const halfGone = () => answeringBy((n) => (n % 2 === 0 ? "gone" : "delivered"));
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it("are handed out in batches, one after the other, while others are posted to", async () => {
    const { ports, inAll } = halfGone();
    const batches: number[] = [];
    let postsAtFirst = 0;
    let concurrent = 0;
    const forgetAll = async (gone: Subscription[]) => {
      concurrent += 1;
      expect(concurrent).toBe(1);
      postsAtFirst ||= inAll.posts;
      batches.push(gone.length);
      await turn();
      concurrent -= 1;
    };
    const outcome = await post(ports, recipients(1_050, "g"), {}, { forgetAll });
    expect(outcome).toMatchObject({ delivered: 525, gone: 525, skipped: 0 });
    expect(batches.reduce((sum, count) => sum + count)).toBe(525);
    expect(batches[0]).toBe(limits.goneInBatch);
    expect(Math.max(...batches)).toBe(limits.goneInBatch);
    expect(postsAtFirst).toBeLessThan(500);
  });

  it("delay no post while they are forgotten, and few are kept until then", async () => {
    const { ports, inAll } = answeringBy(() => "gone");
    let handedOut = 0;
    const forgetAll = async (gone: Subscription[]) => {
      handedOut += gone.length;
      for (let turns = 0; turns < 1_000 && inAll.posts < 2_000; turns += 1) await turn();
      expect(inAll.posts).toBe(2_000);
    };
    const outcome = await post(ports, recipients(2_000, "g"), {}, { forgetAll });
    expect(outcome.gone).toBe(2_000);
    const few = limits.goneInBatch + limits.goneWaiting;
    expect(handedOut).toBeGreaterThanOrEqual(few);
    expect(handedOut).toBeLessThan(few + limits.goneInBatch);
  });

  it.each([
    "forgetting",
    "reading",
  ])("all are found before an error of %s is thrown", async (what) => {
    const { ports, inAll } = answeringBy(() => "gone");
    const failIf = (isSo: boolean) => {
      if (isSo) throw new Error("table on fire");
    };
    async function* pages() {
      yield recipients(500, "g");
      failIf(what === "reading");
    }
    const forgetAll = async () => failIf(what === "forgetting");
    const failing = post(ports, pages(), {}, { forgetAll });
    await expect(failing).rejects.toThrow("table on fire");
    expect(inAll).toMatchObject({ posts: 500, inFlight: 0 });
  });
});
