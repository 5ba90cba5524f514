/** What removes events that are past their time. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { logEvent, nowMs } from "../support/fixtures.ts";
import { describeStores, type Stores } from "./stores.ts";

const all = { limit: 1_000, order: "oldest first" } as const;

/** A log with so many messages, in a room of its own. */
async function written({ log }: Stores, count: number, changes: Partial<MessageEvent> = {}) {
  const room = `room-${randomUUID()}`;
  for (let seq = 1; seq <= count; seq += 1) await log.put(room, logEvent(seq, changes));
  return room;
}

/** All rooms that a walk comes to, with their oldest event's time, each how often. */
async function walked({ expiry }: Stores) {
  const found: { room: string; oldestMs: number }[] = [];
  let place: string | undefined = "";
  for (let pages = 0; place !== undefined; pages += 1) {
    const page: Awaited<ReturnType<typeof expiry.listLogs>> = await expiry.listLogs(place);
    found.push(...page.logs);
    place = page.place;
    if (pages > 100) throw new Error("the walk does not end");
  }
  return found;
}

describeStores("expiry", (stores) => {
  it("walks through all logs, and comes to each once, by its oldest event", async () => {
    const { memberships, reactions, replies, log, rooms } = stores();
    const names: string[] = [];
    for (const count of [1, 2, 230, 3, 450, 1]) names.push(await written(stores(), count));
    const [first = "", , long = ""] = names;
    await rooms.change(first, { fromRev: 0, mark: "m", title: "t" });
    await log.setDelivery(long, "stream");
    await rooms.change(`room-${randomUUID()}`, { fromRev: 0, mark: "m", title: "empty" });
    await memberships.add("alice", { room: first, joinedAtMs: nowMs, readSeq: 0, readN: 0 });
    await reactions.put(long, 5, "alice", "👍", nowMs);
    await replies.put(long, 5, { seq: 6, user: "alice" });
    const found = (await walked(stores())).filter(({ room }) => names.includes(room));
    expect(found.map(({ room }) => room).sort()).toEqual([...names].sort());
    expect(found.map(({ oldestMs }) => oldestMs)).toEqual(names.map(() => nowMs + 1));
  }, 60_000);

  it("removes events with what hangs on them, and again without an effect", async () => {
    const { expiry, log, reactions, replies } = stores();
    const room = await written(stores(), 4);
    for (const seq of [1, 2, 4]) {
      await reactions.put(room, seq, "bob", "👍", nowMs);
      await replies.put(room, seq, { seq: 3, user: "bob" });
      await replies.follow(room, seq, ["bob"]);
    }
    for (const _ of ["once", "again"]) {
      await expiry.remove(room, [1, 2]);
      expect((await log.list(room, all)).map(({ seq }) => seq)).toEqual([3, 4]);
      for (const seq of [1, 2]) {
        expect(await reactions.list(room, seq, { limit: 9 })).toEqual([]);
        expect(await replies.list(room, seq, all)).toEqual([]);
        expect(await replies.isFollowing(room, seq, "bob")).toBe(false);
      }
    }
    expect(await reactions.find(room, 4, "bob")).toMatchObject({ user: "bob" });
    expect(await replies.isFollowing(room, 4, "bob")).toBe(true);
    expect((await log.tail(room, 10)).events.map(({ seq }) => seq)).toEqual([4, 3]);
    expect(await log.findChangeable(room, 1)).toBeUndefined();
    expect(await log.change(room, 1, { set: { text: "x" }, remove: [] })).toBeUndefined();
    expect(await log.find(room, 1)).toBeUndefined();
  });

  it("leaves of a message its place, and tells nobody", async () => {
    const { expiry, log, reactions } = stores();
    const said = { text: "sesame", mentions: ["bob"], data: { a: "sesame" }, thread: 1 };
    const room = await written(stores(), 2, said);
    await reactions.put(room, 2, "bob", "👍", nowMs);
    for (const _ of ["once", "again"]) await expiry.empty(room, 2, nowMs);
    const { seq, n, tag, prev, kind, from, cid, sentAtMs } = logEvent(2);
    const place = { seq, n, tag, prev, kind, from, cid, sentAtMs, thread: 1 };
    expect(await log.find(room, 2)).toEqual({
      ...{ ...place, v: 2 },
      deleted: { by: "moderator", atMs: nowMs },
    });
    expect(await reactions.find(room, 2, "bob")).toBeUndefined();
  });

  it("says where a log begins, beside what was set of its room, and never goes back", async () => {
    const { expiry, rooms } = stores();
    const room = `room-${randomUUID()}`;
    await expiry.begin(room, { seq: 3, n: 2 });
    expect(await rooms.find(room)).toMatchObject({ rev: 0, begins: { seq: 3, n: 2 } });
    expect(await rooms.change(room, { fromRev: 0, mark: "m", retentionMs: 86_400_000 })).toBe(true);
    await expiry.begin(room, { seq: 9, n: 7 });
    await expiry.begin(room, { seq: 5, n: 4 });
    expect(await rooms.find(room)).toMatchObject({
      ...{ rev: 1, retentionMs: 86_400_000, begins: { seq: 9, n: 7 } },
    });
  });

  it("keeps how far the walk has come", async () => {
    const { expiry } = stores();
    expect(await expiry.findWalk()).toBeUndefined();
    for (const walk of [
      { beganAtMs: 1, place: "" },
      { beganAtMs: 1, place: "x" },
      { beganAtMs: 2 },
    ]) {
      await expiry.putWalk(walk);
      expect(await expiry.findWalk()).toEqual(walk);
    }
  });
});
