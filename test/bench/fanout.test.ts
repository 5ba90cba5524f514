/**
 * The fan-out bench measures what it says: its stand-in notices a wrong signature and a frame out
 * of order, and a run fails when somebody was left out. Figures are the machine's, not tested.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contenderTitles } from "../../bench/fanout/contenders.ts";
import { deadlineMs } from "../../bench/fanout/patientSockets.ts";
import { measureWarm } from "../../bench/fanout/postCost.ts";
import { forgottenAtOnce, reach } from "../../bench/fanout/roomSizes.ts";
import { talkIn } from "../../bench/fanout/sharedFrames.ts";
import { credentials, type StandIn, startStandIn } from "../../bench/fanout/standIn.ts";
import { apiGatewaySockets } from "../../lib/adapters/apigateway/sockets.ts";

let standIn: StandIn;
beforeAll(async () => {
  standIn = await startStandIn();
});
afterAll(() => standIn?.stop());
beforeEach(() => standIn.behave({ checkedOneIn: 1 }));

const frame = (seq: number) =>
  new TextEncoder().encode(`{"type":"events","events":[{"seq":${seq}}]}`);
const socketsOf = (identity: object = {}) =>
  apiGatewaySockets({
    region: "us-east-1",
    credentials: async () => ({ ...credentials, ...identity }),
  });
const sockets = socketsOf();
const post = (connectionId: string, seq = 1, by = sockets) =>
  by.post({ gateway: standIn.url, connectionId }, frame(seq), deadlineMs);

describe("the stand-in", () => {
  it("counts posts, bytes and sockets, and checks the signatures that it is told to", async () => {
    await standIn.behave({ checkedOneIn: 10 });
    for (let n = 0; n < 25; n += 1) expect(await post("abc=")).toBe("delivered");
    const counted = { posts: 25, bodyBytes: 25 * frame(1).length, answers: { 200: 25 } };
    expect(await standIn.counts()).toMatchObject({ ...counted, signaturesChecked: 2 });
    await standIn.behave();
    for (const another of [socketsOf(), socketsOf()]) await post("abc=", 1, another);
    expect(await standIn.counts()).toMatchObject({ posts: 2, sockets: 2 });
  });

  it("refuses a wrong signature", async () => {
    expect(await post("abc=", 1, socketsOf({ secretAccessKey: "other" }))).toBe("refused");
    expect(await standIn.counts()).toMatchObject({ answers: { 403: 1 }, signaturesChecked: 1 });
  });

  it("notices an event that comes after a later one, or twice, in any frame", async () => {
    await standIn.behave({ watchesOrder: true });
    for (const seq of [1, 2, 5]) await post("abc=", seq);
    await post("def=", 1);
    expect(await standIn.counts()).toMatchObject({ posts: 4, events: 4, outOfOrder: 0 });
    const events = new TextEncoder().encode(JSON.stringify([{ seq: 6 }, { seq: 6 }, { seq: 4 }]));
    await sockets.post({ gateway: standIn.url, connectionId: "abc=" }, events, deadlineMs);
    expect(await standIn.counts()).toMatchObject({ posts: 5, events: 7, outOfOrder: 2 });
  });

  it("answers 410 and 429 for their shares of the connections, always for the same", async () => {
    await standIn.behave({ goneShare: 0.5, throttledShare: 0.1 });
    const ids = Array.from({ length: 200 }, (_, n) => `L0SM9cOFvHcC${n}=`);
    const answers = async () => {
      const found: string[] = [];
      for (const id of ids) found.push(await post(id));
      return found;
    };
    const first = await answers();
    const share = (wanted: string) => first.filter((each) => each === wanted).length / ids.length;
    expect(share("gone")).toBeCloseTo(0.5, 1);
    expect(share("throttled")).toBeCloseTo(0.1, 1);
    expect(await answers()).toEqual(first);
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

  it("skips clients that read too slowly, and no others", async () => {
    const { delivered, skipped } = await reach(standIn, ours, { throttledShare: 0.05 }, 60, 0);
    expect(delivered + skipped).toBe(60);
    expect(skipped).toBeGreaterThan(0);
    expect(skipped).toBeLessThan(10);
  });

  it("fails when somebody was left out, even if the poster says that nobody was", async () => {
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

  it("has every message everywhere, in fewer frames when those that wait share them", async () => {
    expect((await talkIn(standIn, { ...talk, batchMax: 1 })).frames).toBe(alone);
    const { frames } = await talkIn(standIn, { ...talk, batchMax: 100 });
    expect(frames).toBeLessThan(alone / 2);
    expect(frames).toBeGreaterThanOrEqual(talk.connections);
  });

  it("fails when a message reached nobody, even if the poster says that it did", async () => {
    const liar = new URL("fixture/liar.ts", import.meta.url);
    const lying = talkIn(standIn, { ...talk, batchMax: 1 }, liar);
    await expect(lying).rejects.toThrow("not as it was");
  });
});

describe("the CPU of a post", () => {
  it("is measured for every contender, at 64 and at 256 in flight", async () => {
    const { tables, bars } = await measureWarm(standIn, { rounds: 1, share: 0.01 });
    expect(tables[0]?.rows.map((row) => [row["in flight"], row["posted by"]])).toEqual(
      [64, 256].flatMap((inFlight) => Object.values(contenderTitles).map((by) => [inFlight, by])),
    );
    expect(bars.map(({ most }) => most)).toEqual([0.2, 0.2]);
  });

  it("is not measured when a post is not delivered", async () => {
    const { behave } = standIn;
    const gone = { ...standIn, behave: () => behave({ goneShare: 1 }) };
    await expect(measureWarm(gone, { rounds: 1, share: 0.01 })).rejects.toThrow("a post was gone");
  });
});
