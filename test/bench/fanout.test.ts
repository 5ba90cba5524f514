/**
 * That the fan-out bench measures what it says: its stand-in counts what arrives and notices what
 * is wrong with it, and who posts is stopped by a post that was not delivered. What comes out is a
 * matter of the machine, and not tested.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { measure, type Posted, type Posting } from "../../bench/fanout/cpuPerPost.ts";
import { forgottenAtOnce, reach } from "../../bench/fanout/roomSizes.ts";
import { talkIn } from "../../bench/fanout/sharedFrames.ts";
import {
  credentials,
  postingEnvironment,
  type StandIn,
  startStandIn,
} from "../../bench/fanout/standIn.ts";
import { ownProcess } from "../../bench/fanout/tasks.ts";
import { apiGatewayGateways } from "../../lib/adapters/apigateway/gateways.ts";
import type { PostResult } from "../../lib/ports.ts";

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn?.stop());
beforeEach(() => standIn.behave({ checkedOneIn: 1 }));

const frame = (seq: number) =>
  new TextEncoder().encode(`{"type":"events","events":[{"seq":${seq}}]}`);
const gatewaysOf = (identity: object = {}) =>
  apiGatewayGateways({
    region: "us-east-1",
    credentials: async () => ({ ...credentials, ...identity }),
  });
const gateways = gatewaysOf();
const post = (connectionId: string, seq = 1) =>
  gateways.post({ gateway: standIn.url, connectionId }, frame(seq), 2_000);
const manyIds = Array.from({ length: 1_000 }, (_, n) => `L0SM9cOFvHcC${n}=`);

/** What each of them is answered. */
const answersTo = (ids: readonly string[]) => Promise.all(ids.map((id) => post(id)));

describe("the stand-in", () => {
  it("counts posts, bytes and sockets", async () => {
    for (let n = 1; n <= 20; n += 1) expect(await post("abc=", n)).toBe("delivered");
    expect(await standIn.counts()).toMatchObject({
      posts: 20,
      bodyBytes: Array.from({ length: 20 }, (_, n) => frame(n + 1).length).reduce((a, b) => a + b),
      answers: { 200: 20 },
      signaturesChecked: 20,
    });
    await standIn.behave();
    for (const another of [gatewaysOf(), gatewaysOf()]) {
      await another.post({ gateway: standIn.url, connectionId: "abc=" }, frame(1), 2_000);
    }
    expect(await standIn.counts()).toMatchObject({ posts: 2, sockets: 2 });
  });

  it("notices a wrong signature", async () => {
    const forged = gatewaysOf({ secretAccessKey: "other" });
    const to = { gateway: standIn.url, connectionId: "abc=" };
    expect(await forged.post(to, frame(1), 2_000)).toBe("refused");
    expect(await standIn.counts()).toMatchObject({ answers: { 403: 1 }, signaturesChecked: 1 });
  });

  it("checks as many signatures as it is told to", async () => {
    await standIn.behave({ checkedOneIn: 10 });
    for (let n = 1; n <= 25; n += 1) await post("abc=", n);
    expect(await standIn.counts()).toMatchObject({ posts: 25, signaturesChecked: 2 });
  });

  it("notices a frame that comes after a later one, or twice", async () => {
    await standIn.behave({ watchesOrder: true });
    for (const seq of [1, 2, 5]) await post("abc=", seq);
    await post("def=", 1);
    expect(await standIn.counts()).toMatchObject({ outOfOrder: 0 });
    for (const seq of [4, 5]) await post("abc=", seq);
    expect(await standIn.counts()).toMatchObject({ posts: 6, events: 6, outOfOrder: 2 });
  });

  it("looks at every event in a frame", async () => {
    await standIn.behave({ watchesOrder: true });
    const to = { gateway: standIn.url, connectionId: "abc=" };
    for (const seqs of ["1,2,3", "3,4", "6,5"]) {
      const events = seqs.split(",").map((seq) => ({ seq: Number(seq) }));
      await gateways.post(to, new TextEncoder().encode(JSON.stringify({ events })), 2_000);
    }
    expect(await standIn.counts()).toMatchObject({ posts: 3, events: 7, outOfOrder: 2 });
  });

  it("answers 410 and 429 for their shares of the connections, always for the same", async () => {
    await standIn.behave({ goneShare: 0.5, throttledShare: 0.05 });
    const first = await answersTo(manyIds);
    const shareOf = (wanted: PostResult) =>
      first.filter((result) => result === wanted).length / first.length;
    expect(shareOf("gone")).toBeCloseTo(0.5, 1);
    expect(shareOf("throttled")).toBeGreaterThan(0.03);
    expect(shareOf("throttled")).toBeLessThan(0.07);
    expect(await answersTo(manyIds)).toEqual(first);
  });
});

describe("a posting process", () => {
  it("makes the posts that it says, and spends CPU on them", async () => {
    const child = await ownProcess<Posting, Posted>(
      new URL("../../bench/fanout/postingProcess.ts", import.meta.url),
      postingEnvironment,
    );
    try {
      const posting = { contender: "ours", url: standIn.url, inFlight: 8, posts: 500 } as const;
      expect((await child.run(posting)).cpuMicroseconds).toBeGreaterThan(0);
      // Each worker's first is not counted.
      expect(await standIn.counts()).toMatchObject({ posts: 508, answers: { 200: 508 } });
      await standIn.behave({ goneShare: 1 });
      await expect(child.run(posting)).rejects.toThrow("a post was gone");
    } finally {
      await child.end();
    }
  });
});

describe("reaching a room", () => {
  const ours = new URL("../../bench/fanout/roomProcess.ts", import.meta.url);
  const naive = new URL("../../bench/fanout/naiveProcess.ts", import.meta.url);

  it.each([
    ["ours", ours],
    ["the naive design", naive],
  ])("posts every frame once to everybody, by %s", async (_, entry) => {
    const { frames, delivered, peakMb } = await reach(standIn, entry, {}, 150, 100);
    expect(delivered).toBe(150 * frames);
    expect(peakMb).toBeGreaterThan(1);
  });

  it("forgets as many of those who are gone as one delivery may", async () => {
    const { frames, delivered, gone, forgotten } = await reach(
      standIn,
      ours,
      { goneShare: 0.5 },
      2_500,
      0,
    );
    expect(frames).toBe(1);
    expect(delivered + gone).toBe(2_500);
    expect(gone / 2_500).toBeCloseTo(0.5, 1);
    expect(forgotten).toBe(Math.min(gone, forgottenAtOnce));
  });

  it("skips whoever reads too slowly, and no one else", async () => {
    const { delivered, skipped } = await reach(standIn, ours, { throttledShare: 0.05 }, 60, 0);
    expect(delivered + skipped).toBe(60);
    expect(skipped).toBeGreaterThan(0);
    expect(skipped).toBeLessThan(10);
  });

  it("fails when somebody was left out, whatever the poster says", async () => {
    const liar = new URL("fixture/liar.ts", import.meta.url);
    await expect(reach(standIn, liar, {}, 10, 0)).rejects.toThrow("not as it was");
  });

  it("fails, and does not wait, when the posting process dies", async () => {
    const mortal = new URL("fixture/mortal.ts", import.meta.url);
    await expect(reach(standIn, mortal, {}, 10, 0)).rejects.toThrow("the process ended with 3");
  });

  it("shows the naive design fail for all when one is gone", async () => {
    const failing = reach(standIn, naive, { goneShare: 0.1 }, 100, 0);
    await expect(failing).rejects.toThrow("Promise.all");
  });
});

describe("a room that talks", () => {
  const talk = { connections: 40, messages: 30, perSecond: 10_000 };
  const alone = talk.connections * talk.messages;

  it("has every message everywhere, each in a frame of its own", async () => {
    const { frames } = await talkIn(standIn, { ...talk, batchMax: 1 });
    expect(frames).toBe(alone);
  });

  it("has every message everywhere, and fewer frames when those that wait share them", async () => {
    const { frames } = await talkIn(standIn, { ...talk, batchMax: 100 });
    expect(frames).toBeLessThan(alone / 2);
    expect(frames).toBeGreaterThanOrEqual(talk.connections);
  });

  it("fails when a message reached nobody, whatever the poster says", async () => {
    const liar = new URL("fixture/liar.ts", import.meta.url);
    const lying = talkIn(standIn, { ...talk, batchMax: 1 }, liar);
    await expect(lying).rejects.toThrow("not as it was");
  });
});

describe("the CPU of a post", () => {
  it("is told for every contender, at 64 and at 256 in flight", async () => {
    const { figures, bars } = await measure(standIn, { rounds: 1, share: 0.01 });
    const each = {
      ours: expect.any(Number),
      sdk: expect.any(Number),
      sdkTuned: expect.any(Number),
    };
    expect(figures).toMatchObject({ cpuMicrosecondsPerPost: { 64: each, 256: each } });
    expect(bars.map(({ most }) => most)).toEqual([0.2, 0.2]);
  });
});
