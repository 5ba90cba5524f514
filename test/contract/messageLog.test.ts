/**
 * What every message log promises. Each test writes to a room of its own, since stores may be
 * shared.
 */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { type EventRange, openRoom } from "../../lib/model.ts";
import type { MessageLog } from "../../lib/ports.ts";
import { logEvent } from "../support/fixtures.ts";
import { putAll } from "../support/putAll.ts";
import { describeStores } from "./stores.ts";

const all: EventRange = { limit: 10_000, order: "oldest first" };

describeStores("the message log", (stores) => {
  const newRoom = () => `room-${randomUUID()}`;
  const filled = async (count: number, text?: string) => {
    const room = newRoom();
    const { log, tables } = stores();
    const events = Array.from({ length: count }, (_, index) =>
      logEvent(index + 1, text === undefined ? {} : { text }),
    );
    const putInto = async (log: MessageLog) => {
      for (const event of events) await log.put(room, event);
    };
    if (tables) await putAll(tables.rooms, (table) => putInto(dynamoMessageLog(table)));
    else await putInto(log);
    return { room, log };
  };
  const positions = (events: { seq: number }[]) => events.map(({ seq }) => seq);

  it("gives back what a message carries as it was put, whatever its data is", async () => {
    const { log } = stores();
    const deep = JSON.parse(`${"[".repeat(64)}${"]".repeat(64)}`) as unknown;
    const values = [{ "": [1e300, -0.1, null, "\u0000\ud800"] }, deep, "", 0, false, null];
    for (const data of values) {
      const room = newRoom();
      const event = logEvent(1, { data, replyTo: 1 });
      await log.put(room, event);
      expect(await log.find(room, 1)).toEqual(event);
      expect((await log.tail(room, 1)).events).toEqual([event]);
      expect(await log.list(room, all)).toEqual([event]);
      expect(await log.put(room, logEvent(1, { from: "bob" }))).toEqual(event);
    }
  });

  describe("tail", () => {
    it("is empty, and delivered directly, where nobody wrote", async () => {
      const { log } = stores();
      expect(await log.tail(newRoom(), 10)).toEqual({
        events: [],
        delivery: "direct",
        room: openRoom,
      });
    });

    it("holds the newest events, newest first, with either way of delivery", async () => {
      const { room, log } = await filled(12);
      for (const delivery of ["direct", "stream", "direct"] as const) {
        const tail = await log.tail(room, 10);
        expect(positions(tail.events)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
        await log.setDelivery(room, delivery);
        expect((await log.tail(room, 10)).delivery).toBe(delivery);
        expect(positions((await log.tail(room, 100)).events)).toHaveLength(12);
      }
    });

    it("says of each event whether the stream delivers it; nothing else does", async () => {
      const { room, log } = await filled(1);
      await log.put(room, { ...logEvent(2), delivery: "stream" });
      await log.put(room, logEvent(3));
      await log.handOver(room, 3);
      const { events } = await log.tail(room, 10);
      expect(events.map(({ delivery }) => delivery)).toEqual(["stream", "stream", undefined]);
      const late = logEvent(3, { tag: "late----" });
      expect(await log.put(room, late)).toEqual({ ...logEvent(3), delivery: "stream" });
      expect(await log.list(room, all)).toEqual([1, 2, 3].map((seq) => logEvent(seq)));
      expect(await log.find(room, 3)).toEqual(logEvent(3));
    });

    it("hands over no event that is not there", async () => {
      const { room, log } = await filled(1);
      await expect(log.handOver(room, 2)).rejects.toThrow();
      expect(await log.find(room, 2)).toBeUndefined();
    });

    it("is no part of the log's pages", async () => {
      const { room, log } = await filled(2);
      await log.setDelivery(room, "stream");
      expect(positions(await log.list(room, all))).toEqual([1, 2]);
      expect(positions(await log.list(room, { ...all, order: "newest first" }))).toEqual([2, 1]);
    });
  });

  describe("put", () => {
    it("stores an event whole", async () => {
      const { log } = stores();
      const room = newRoom();
      const event = logEvent(1, { name: "Älice 😀", text: 'say "hi"\n\u0001' });
      expect(await log.put(room, event)).toBe("stored");
      expect(await log.find(room, 1)).toEqual(event);
    });

    it("stores an event without a display name", async () => {
      const { log } = stores();
      const room = newRoom();
      const { name: _none, ...anonymous } = logEvent(1);
      await log.put(room, anonymous);
      expect(await log.find(room, 1)).toEqual(anonymous);
    });

    it("returns what is in the way, and leaves it there", async () => {
      const { room, log } = await filled(1);
      const late = logEvent(1, { from: "late", text: "too late" });
      expect(await log.put(room, late)).toEqual(logEvent(1));
      expect(await log.find(room, 1)).toEqual(logEvent(1));
    });

    it("is told that it stored, however often it asks for the same event", async () => {
      const { room, log } = await filled(1);
      expect(await log.put(room, logEvent(1))).toBe("stored");
      await log.handOver(room, 1);
      expect(await log.put(room, logEvent(1))).toBe("stored");
      // Its sender's other try, and somebody whose tag is the same by chance, are others.
      for (const other of [{ tag: "another-" }, { cid: "c-2" }, { from: "bob" }]) {
        expect(await log.put(room, logEvent(1, other))).toMatchObject(logEvent(1));
      }
      expect(await log.list(room, all)).toEqual([logEvent(1)]);
    });

    it("lets exactly one of many racing puts store (promise 1)", async () => {
      const { log } = stores();
      const room = newRoom();
      const racers = Array.from({ length: 50 }, (_, index) => logEvent(1, { cid: `c-${index}` }));
      const results = await Promise.all(racers.map((event) => log.put(room, event)));
      expect(results.filter((result) => result === "stored")).toHaveLength(1);
      const winner = racers[results.indexOf("stored")];
      for (const result of results) expect([winner, "stored"]).toContainEqual(result);
      expect(await log.list(room, all)).toEqual([winner]);
    });

    it("keeps rooms apart", async () => {
      const { room, log } = await filled(1);
      expect(await log.list(`${room}-other`, all)).toEqual([]);
      expect(await log.find(`${room}-other`, 1)).toBeUndefined();
    });
  });

  describe("list", () => {
    it("is empty for a room that nobody wrote in", async () => {
      expect(await stores().log.list(newRoom(), all)).toEqual([]);
    });

    it("orders by position as a number, not as text", async () => {
      const { room, log } = await filled(12);
      expect(positions(await log.list(room, all))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
      const newest: EventRange = { limit: 3, order: "newest first" };
      expect(positions(await log.list(room, newest))).toEqual([12, 11, 10]);
    });

    it("gives what lies strictly between two positions", async () => {
      const { room, log } = await filled(9);
      const between: EventRange = { after: 3, before: 7, limit: 10, order: "oldest first" };
      expect(positions(await log.list(room, between))).toEqual([4, 5, 6]);
      const backwards: EventRange = { ...between, order: "newest first", limit: 2 };
      expect(positions(await log.list(room, backwards))).toEqual([6, 5]);
      expect(await log.list(room, { ...all, after: 9 })).toEqual([]);
      expect(await log.list(room, { ...all, before: 1 })).toEqual([]);
      expect(await log.list(room, { ...all, after: 5, before: 6 })).toEqual([]);
      expect(await log.list(room, { ...all, after: 7, before: 3 })).toEqual([]);
    });

    it("accepts the largest positions that a client can name", async () => {
      const { room, log } = await filled(2);
      const before = { ...all, before: Number.MAX_SAFE_INTEGER };
      expect(positions(await log.list(room, before))).toEqual([1, 2]);
      for (const after of [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]) {
        expect(await log.list(room, { ...all, after })).toEqual([]);
        expect(await log.find(room, after)).toBeUndefined();
      }
    });

    it("reads every page of a log that is larger than one page of a query", async () => {
      const { room, log } = await filled(90, "x".repeat(15_000));
      const events = await log.list(room, all);
      expect(positions(events)).toEqual(Array.from({ length: 90 }, (_, index) => index + 1));
    });

    it("never stops before the bytes that were asked for, however long the texts", async () => {
      const bytesMax = 32_768;
      for (let length = 100; length <= 500; length += 100) {
        const { room, log } = await filled(110, "x".repeat(length));
        const events = await log.list(room, { ...all, limit: 110, bytesMax });
        const bytes = events.reduce((sum, event) => sum + JSON.stringify(event).length, 0);
        expect({ length, isEnough: events.length === 110 || bytes > bytesMax }).toEqual({
          length,
          isEnough: true,
        });
      }
    });

    it("goes on behind a page that ends exactly where the log does, or next to it", async () => {
      // The page of a reader who will stop at a number of bytes.
      const page = 51;
      for (const count of [page - 1, page, page + 1, 2 * page]) {
        const { room, log } = await filled(count);
        for (const limit of [count - 1, count, count + 1]) {
          const range: EventRange = { ...all, limit, bytesMax: 1_000_000 };
          expect(await log.list(room, range)).toHaveLength(Math.min(limit, count));
          const newest: EventRange = { ...range, order: "newest first" };
          expect(positions(await log.list(room, newest))[0]).toBe(count);
          expect(await log.list(room, newest)).toHaveLength(Math.min(limit, count));
        }
      }
    });

    it("stops early only after the bytes that were asked for", async () => {
      const { room, log } = await filled(120, "x".repeat(100));
      const some = await log.list(room, { ...all, limit: 101, bytesMax: 32_768 });
      expect(positions(some)).toEqual(some.map((_, index) => index + 1));
      const bytes = some.reduce((sum, event) => sum + JSON.stringify(event).length, 0);
      expect(some.length === 101 || bytes > 32_768).toBe(true);
      const few = await log.list(room, { ...all, limit: 3, bytesMax: 32_768 });
      expect(positions(few)).toEqual([1, 2, 3]);
    });
  });

  describe("change", () => {
    const edited = (v: number, cid = `e-${v}`) => ({
      fromV: v - 1,
      set: { text: `text ${v}`, editedAtMs: v, edits: [{ cid, v }] },
      remove: [],
    });
    const deleted = { by: "author", atMs: 9 } as const;

    it("raises the version, and changes nothing else than it names", async () => {
      const { room, log } = await filled(2);
      const second = { ...logEvent(1), text: "text 2", v: 2, editedAtMs: 2 };
      expect(await log.change(room, 1, edited(2))).toEqual(second);
      expect(await log.find(room, 1)).toEqual(second);
      expect(await log.change(room, 1, { ...edited(3), remove: ["name"] })).toMatchObject({ v: 3 });
      const { name: _, ...third } = { ...second, text: "text 3", v: 3, editedAtMs: 3 };
      expect(await log.list(room, all)).toEqual([third, logEvent(2)]);
      const changeable = { event: third, edits: [{ cid: "e-3", v: 3 }], reactionsRev: 0 };
      expect(await log.findChangeable(room, 1)).toEqual(changeable);
    });

    it("is refused at another version, and where there is no message", async () => {
      const { room, log } = await filled(1);
      const changed = { kind: "changed", of: 1, v: 2 } as const;
      const { text: _, kind: __, ...entry } = logEvent(2);
      await log.put(room, { ...entry, ...changed });
      for (const fromV of [2, 7]) {
        expect(await log.change(room, 1, { ...edited(2), fromV })).toBeUndefined();
      }
      await log.change(room, 1, edited(2));
      expect(await log.change(room, 1, edited(2))).toBeUndefined();
      for (const seq of [2, 3]) {
        expect(await log.findChangeable(room, seq)).toBeUndefined();
        expect(await log.change(room, seq, { set: { deleted }, remove: [] })).toBeUndefined();
      }
      expect(await log.find(room, 2)).toEqual({ ...entry, ...changed });
      expect(await log.find(room, 3)).toBeUndefined();
    });

    it("without a version is made at any, but not to a message that was deleted", async () => {
      const { room, log } = await filled(1);
      await log.change(room, 1, edited(2));
      const remove = ["text", "name", "editedAtMs", "edits"];
      const { text: _, name: __, ...left } = logEvent(1);
      const tombstone = { ...left, v: 3, deleted };
      expect(await log.change(room, 1, { set: { deleted }, remove })).toEqual(tombstone);
      expect(await log.change(room, 1, { set: { deleted }, remove })).toBeUndefined();
      expect(await log.findChangeable(room, 1)).toEqual({
        event: tombstone,
        edits: [],
        reactionsRev: 0,
      });
      expect(await log.put(room, logEvent(1))).toBe("stored"); // it says nothing of the text
      expect(await log.list(room, all)).toEqual([tombstone]);
    });

    it("keeps reactions with their revision, until they or the message are gone", async () => {
      const { room, log } = await filled(1);
      const reactions = [{ emoji: "👍", count: 2, users: ["bob", "carol"] }];
      await log.change(room, 1, { fromV: 1, set: { reactions, reactionsRev: 1 }, remove: [] });
      await log.change(room, 1, edited(3));
      expect(await log.findChangeable(room, 1)).toMatchObject({
        reactionsRev: 1,
        event: { v: 3, reactions },
      });
      await log.change(room, 1, { fromV: 3, set: { reactionsRev: 2 }, remove: ["reactions"] });
      expect(await log.find(room, 1)).not.toHaveProperty("reactions");
      expect(await log.findChangeable(room, 1)).toMatchObject({ reactionsRev: 2 });
      await log.change(room, 1, { set: { deleted }, remove: ["edits", "reactionsRev"] });
      expect(await log.findChangeable(room, 1)).toMatchObject({ edits: [], reactionsRev: 0 });
    });

    it("lets exactly one of many racing edits of one version win", async () => {
      const { room, log } = await filled(1);
      const racers = Array.from({ length: 20 }, (_, n) => log.change(room, 1, edited(2, `e-${n}`)));
      const made = (await Promise.all(racers)).filter((event) => event !== undefined);
      expect(made).toHaveLength(1);
      expect(await log.find(room, 1)).toMatchObject({ v: 2 });
    });

    it("is delivered by the stream no more", async () => {
      const { room, log } = await filled(1);
      await log.handOver(room, 1);
      await log.change(room, 1, edited(2));
      expect((await log.tail(room, 1)).events[0]?.delivery).toBeUndefined();
    });
  });

  describe("findAll", () => {
    it("gives the events that are there, by position, each once", async () => {
      const { room, log } = await filled(12);
      const found = await log.findAll(room, [12, 3, 99, 3, 1]);
      expect(found).toEqual([1, 3, 12].map((seq) => logEvent(seq)));
      expect(await log.findAll(room, [])).toEqual([]);
    });
  });

  it("leaves out entries that only say what changed, where that is asked for", async () => {
    const { room, log } = await filled(3);
    const { text: _, kind: __, ...entry } = logEvent(1);
    for (let seq = 4; seq <= 40; seq += 1) {
      const place = { ...entry, seq, tag: `tag-${String(seq).padStart(4, "0")}`, cid: `c-${seq}` };
      await log.put(room, { ...place, kind: "changed", of: 1, v: seq });
    }
    await log.put(room, logEvent(41));
    const listed = async (range: EventRange) =>
      positions(await log.list(room, { ...range, withoutChanged: true }));
    expect(await listed(all)).toEqual([1, 2, 3, 41]);
    expect(await listed({ limit: 3, order: "newest first" })).toEqual([41, 3, 2]);
    expect(await listed({ limit: 2, order: "newest first", before: 41 })).toEqual([3, 2]);
    expect(await listed({ limit: 9, order: "oldest first", after: 3, before: 41 })).toEqual([]);
    expect(await log.list(room, { ...all, after: 3, before: 41 })).toHaveLength(37);
  });
});
