/** A log that went back, and clients that say which event they have at their cursors. */
import { beforeEach, describe, expect, it } from "vitest";
import { send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { hello } from "../../lib/actions/people/hello.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { httpRoutes } from "../../lib/protocol/httpRoutes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { logEvent, tagAt } from "../support/fixtures.ts";
import { type World, world } from "../support/world.ts";

const room = "general";
const other = "other---";
let here: World;
let alice: ConnectedCaller;

/** Put events of bob's at these positions; those behind `from` are others than they were. */
async function fill(head: number, { from = head, text = "hi" } = {}): Promise<void> {
  for (let seq = 1; seq <= head; seq += 1) {
    const tag = seq > from ? `new-${String(seq).padStart(4, "0")}` : tagAt(seq);
    await here.ports.log.put(room, logEvent(seq, { tag, from: "bob", text }));
  }
}
const syncFrom = async (cursor: number, tag?: string) => {
  const tags = tag === undefined ? {} : { tags: { [room]: tag } };
  const frame = { action: "sync", rooms: { [room]: cursor }, ...tags } as const;
  const { rooms } = await sync(frame, alice, here.ports);
  return rooms[0];
};
const sendAfter = (after: number, afterTag: string) => {
  const frame = { room, text: "hello", cid: "c-new", after, afterTag };
  return send(frame, alice, here.ports, { publishMs: 1_000 });
};
const logReset = { error: { code: "log_reset" } };
const isReset = expect.objectContaining({ code: "log_reset" });

beforeEach(async () => {
  here = world();
  alice = await here.as("alice");
  await here.ports.memberships.add("alice", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
});

describe("a sync that says which event it has at its cursor", () => {
  it("brings what came after it, and not that event again", async () => {
    await fill(5);
    for (const cursor of [1, 3, 5]) {
      expect(await syncFrom(cursor, tagAt(cursor))).toMatchObject({
        events: [1, 2, 3, 4, 5].filter((seq) => seq > cursor).map((seq) => ({ seq })),
        seq: 5,
        complete: true,
      });
    }
  });

  it("is refused where the log holds another event there, or none", async () => {
    await fill(5, { from: 2 });
    expect(await syncFrom(2, tagAt(2))).toMatchObject({ seq: 5 });
    for (const cursor of [3, 5, 6, 700]) {
      expect(await syncFrom(cursor, tagAt(cursor))).toMatchObject({ room, ...logReset });
    }
    expect(await syncFrom(6)).toMatchObject({ error: { code: "bad_request" } });
  });

  it("harms no other room", async () => {
    await fill(2);
    await here.ports.memberships.add("alice", {
      room: "lobby",
      joinedAtMs: 0,
      readSeq: 0,
      readN: 0,
    });
    const frame = {
      action: "sync" as const,
      rooms: { [room]: 2, lobby: 0 },
      tags: { [room]: other },
    };
    expect(await sync(frame, alice, here.ports)).toMatchObject({
      rooms: [
        { room, ...logReset },
        { room: "lobby", complete: true },
      ],
    });
  });

  it("says nothing of a room called like what every object has", async () => {
    await fill(1);
    const named = "constructor";
    await here.ports.memberships.add("alice", { room: named, joinedAtMs: 0, readSeq: 0, readN: 0 });
    await here.ports.log.put(named, logEvent(1, { from: "bob" }));
    const rooms = { [room]: 1, [named]: 0 };
    const frame = { action: "sync", rooms, tags: { [room]: tagAt(1) } } as const;
    expect(await sync(frame, alice, here.ports)).toMatchObject({
      rooms: [
        { room, events: [] },
        { room: named, events: [{ seq: 1 }] },
      ],
    });
  });

  it("is complete only at the end, however large the event at the cursor is", async () => {
    await fill(8, { text: "x".repeat(12_000) });
    const pages: number[][] = [];
    for (let cursor = 1; ; ) {
      const reply = await syncFrom(cursor, tagAt(cursor));
      if (reply === undefined || "error" in reply) throw new Error("it was refused");
      pages.push(reply.events.map(({ seq }) => seq));
      cursor = reply.events.at(-1)?.seq ?? cursor;
      if (reply.complete) break;
    }
    expect(pages).toEqual([[2, 3], [4, 5], [6, 7], [8]]);
  });

  it("has as many events on a page as one without, and says when that is not all", async () => {
    await fill(limits.syncEvents + 3);
    expect(await syncFrom(2, tagAt(2))).toMatchObject({ complete: false });
    const whole = await syncFrom(3, tagAt(3));
    expect(whole).toMatchObject({ complete: true, seq: limits.syncEvents + 3 });
    expect(whole).toEqual(await syncFrom(3));
  });

  it("reads no more than one without", async () => {
    await fill(3);
    const { list } = here.ports.log;
    let reads = 0;
    here.ports.log.list = (...args) => {
      reads += 1;
      return list(...args);
    };
    await syncFrom(3);
    const without = reads;
    await syncFrom(3, tagAt(3));
    expect(reads).toBe(2 * without);
  });
});

describe("a send that says which event it has at after", () => {
  it("is stored behind it, near the head or far", async () => {
    await fill(40);
    expect(await sendAfter(40, tagAt(40))).toMatchObject({ seq: 41, prev: tagAt(40) });
    for (const after of [31, 30, 29, 1]) {
      expect(await sendAfter(after, tagAt(after))).toMatchObject({ seq: 41, duplicate: true });
    }
  });

  it("is not stored where the log holds another event there, or none", async () => {
    await fill(40, { from: 5 });
    expect(await sendAfter(5, tagAt(5))).toMatchObject({ seq: 41 });
    for (const after of [6, 30, 31, 40, 500]) {
      await expect(sendAfter(after, tagAt(after))).rejects.toEqual(isReset);
    }
    expect(await here.ports.log.find(room, 42)).toBeUndefined();
  });
});

describe("the first event of a room", () => {
  it("has none before it, and each later one names the one before it", async () => {
    const ack = await send({ room, text: "1" }, alice, here.ports, { publishMs: 1_000 });
    const next = await send({ room, text: "2" }, alice, here.ports, { publishMs: 1_000 });
    expect(ack).not.toHaveProperty("prev");
    expect(next.prev).toBe(ack.tag);
    expect(next.tag).not.toBe(ack.tag);
    expect(await here.ports.log.list(room, { limit: 9, order: "oldest first" })).toMatchObject([
      { tag: ack.tag },
      { tag: next.tag, prev: ack.tag },
    ]);
  });
});

describe("a position to start from", () => {
  it("comes with its event's tag, from joined and welcome, unless there is none", async () => {
    const headOf = async () => [
      await join({ action: "join", room }, alice, here.ports),
      (await hello({ action: "hello" }, alice, here.ports)).rooms[0],
    ];
    for (const head of await headOf()) expect(head).not.toHaveProperty("tag");
    await fill(3);
    for (const head of await headOf()) expect(head).toMatchObject({ seq: 3, tag: tagAt(3) });
  });
});

describe("tags in requests", () => {
  const rooms = { general: 2, lobby: 0 };
  it.each([
    ["of a room that is not synced", { tags: { random: other } }],
    ["of a position before the first event", { tags: { lobby: other } }],
    ["of a room with a name of Object's", { tags: { constructor: other } }],
    ["that are none", { tags: { general: "short" } }],
    ["that are one text", { tags: other }],
  ])("are refused %s", (_title, tags) => {
    const parse = (more: object) => clientFrames.sync.safeParse({ action: "sync", rooms, ...more });
    expect(parse({ tags: { general: other } }).success).toBe(true);
    expect(parse({}).success).toBe(true);
    expect(parse(tags).success).toBe(false);
  });

  it("are refused without a position, over a socket and by HTTP", () => {
    const { body } = httpRoutes["POST /rooms/{room}/messages"];
    const isTaken = (place: object) => [
      clientFrames.send.safeParse({ action: "send", room, text: "hi", ...place }).success,
      body.safeParse({ text: "hi", ...place }).success,
    ];
    expect(isTaken({ after: 1, afterTag: other })).toEqual([true, true]);
    expect(isTaken({ after: 0, afterTag: other })).toEqual([false, false]);
    expect(isTaken({ afterTag: other })).toEqual([false, false]);
  });
});
