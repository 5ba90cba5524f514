/** How the rooms of a sync share its one answer, and what it reads for that. */
import { beforeEach, describe, expect, it } from "vitest";
import { sync } from "../../lib/actions/messages/sync.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { ChatError } from "../../lib/protocol/chatError.ts";
import { bytesOf } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { logEvent } from "../support/fixtures.ts";
import { refusedIn, syncedIn } from "../support/syncReply.ts";
import { type World, world } from "../support/world.ts";

let here: World;
let alice: ConnectedCaller;
let reads: string[];
/** Events that were read, and those of them that were sent. */
let read: number;

beforeEach(async () => {
  here = world();
  alice = await here.as("alice");
  const { list } = here.ports.log;
  reads = [];
  read = 0;
  here.ports.log.list = async (room, range) => {
    const events = await list(room, range);
    reads.push(room);
    read += events.length;
    return events;
  };
});

async function joined(rooms: number, events: number, text = "hi"): Promise<string[]> {
  const names = Array.from({ length: rooms }, (_, n) => `room-${String(n).padStart(2, "0")}`);
  for (const room of names) {
    await join({ action: "join", room }, alice, here.ports);
    for (let seq = 1; seq <= events; seq += 1) {
      await here.ports.log.put(room, logEvent(seq, { from: "bob", text }));
    }
  }
  reads = [];
  read = 0;
  return names;
}
const ask = (cursors: ReadonlyMap<string, number>) =>
  sync({ action: "sync", rooms: Object.fromEntries(cursors) }, alice, here.ports);
const at = (names: readonly string[], cursor: number) =>
  new Map(names.map((name) => [name, cursor]));

/** Sync from the start until nothing is left, as docs/protocol.md says to. */
async function syncAll(names: readonly string[]) {
  const cursors = new Map(at(names, 0));
  let due = [...names];
  const replies = [];
  while (due.length > 0) {
    reads = [];
    const reply = await ask(new Map(due.map((room) => [room, cursors.get(room) ?? 0])));
    // Of each room that is answered a page and the head; and of a few others a page for nothing.
    expect(reads.length).toBeLessThanOrEqual(2 * reply.rooms.length + 16);
    expect(bytesOf(reply)).toBeLessThanOrEqual(limits.frameBytes);
    const named = [...reply.rooms.map(({ room }) => room), ...reply.later];
    expect(named.sort()).toEqual([...due].sort());
    for (const { room, events } of syncedIn(reply)) {
      const cursor = cursors.get(room) ?? 0;
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => cursor + 1 + index));
      cursors.set(room, cursor + events.length);
    }
    const cut = syncedIn(reply).filter(({ complete }) => !complete);
    due = [...reply.later, ...cut.map(({ room }) => room)];
    replies.push(reply);
  }
  return { cursors, replies };
}

describe("a sync of quiet rooms", () => {
  it.each([0, 5])("reads each log once, with %i events in it", async (events) => {
    const names = await joined(11, events);
    const reply = await ask(at(names, events));
    expect(syncedIn(reply)).toEqual(
      names.map((room) => ({ room, events: [], seq: events, n: events, complete: true })),
    );
    expect(reads.sort()).toEqual(names);
    expect(read).toBe(events === 0 ? 0 : names.length);
  });

  it("answers for all of them, beside one that has more than a frame holds", async () => {
    const names = await joined(30, 1);
    for (let seq = 2; seq <= 90; seq += 1) {
      await here.ports.log.put("room-00", logEvent(seq, { text: "x".repeat(400) }));
    }
    const reply = await ask(at(names, 1));
    expect(reply.rooms.map(({ room }) => room)).toEqual(names);
    const [busy, ...quiet] = syncedIn(reply);
    expect(quiet.every(({ complete }) => complete)).toBe(true);
    expect(busy).toMatchObject({ complete: false, seq: 90, n: 90 });
    const free = limits.frameBytes - bytesOf(reply);
    expect(free).toBeLessThan(1_000); // the busy one has all the space that the others left
  });
});

describe("a sync of rooms with a past", () => {
  it.each([
    [limits.syncEvents, true],
    [limits.syncEvents + 1, false],
    [limits.syncEvents + 2, false],
  ])("says where the head of a room of %i events is", async (events, complete) => {
    const [room = ""] = await joined(1, events);
    const [synced] = syncedIn(await ask(at([room], 0)));
    expect(synced).toMatchObject({
      events: { length: limits.syncEvents },
      seq: events,
      n: events,
      complete,
    });
  });

  it("is complete in one answer when everything fits", async () => {
    const names = await joined(3, 40);
    const reply = await ask(at(names, 0));
    expect(syncedIn(reply)).toMatchObject(
      names.map((room) => ({ room, events: { length: 40 }, seq: 40, complete: true })),
    );
  });

  it.each([
    [50, 100, "hi"],
    [50, 3, "x".repeat(4_000)],
    [5, 12, "\u0001".repeat(4_000)],
  ])("gets further with every request: %i rooms of %i events", async (rooms, events, text) => {
    const names = await joined(rooms, events, text);
    const { cursors, replies } = await syncAll(names);
    expect([...cursors.values()]).toEqual(names.map(() => events));
    const bytes = rooms * events * bytesOf(logEvent(1, { from: "bob", text }));
    const perFrame = Math.max(1, Math.floor(limits.frameBytes / bytesOf(logEvent(1, { text }))));
    const needed = Math.max(bytes / limits.frameBytes, (rooms * events) / perFrame);
    expect(replies.length).toBeLessThan(1.5 * needed + 2);
  });
});

describe("a room that cannot be read", () => {
  it("is unavailable by itself, and the operator is told", async () => {
    const [broken = "", whole = ""] = await joined(2, 1);
    const { list } = here.ports.log;
    const cause = new Error("throttled");
    here.ports.log.list = async (room, range) => {
      if (room === broken) throw new ChatError("unavailable", "so it is", { cause });
      return list(room, range);
    };
    const reply = await ask(at([broken, whole], 0));
    expect(refusedIn(reply)).toMatchObject([
      { room: broken, error: { code: "unavailable", retryable: true } },
    ]);
    expect(syncedIn(reply)).toMatchObject([{ room: whole, complete: true }]);
    expect(here.reports).toMatchObject([{ what: "sync of a room failed" }]);
  });
});
