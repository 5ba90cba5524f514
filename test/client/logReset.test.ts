/** A log that went back under an open client: no client skips in silence (promise 4). */
import { beforeEach, describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import type { Discontinuity } from "../../client/room.ts";
import { logEvent, tagAt } from "../support/fixtures.ts";
import { idle } from "./fakeClock.ts";
import { connected, joined, refusal, synced, syncRefused } from "./scripted.ts";

/** The events of the log that there is now, from where it differs from the one of before. */
const newTag = (seq: number) => `new-${String(seq).padStart(4, "0")}`;
const newEvent = (seq: number, changes = {}) =>
  logEvent(seq, {
    from: "bob",
    text: `new ${seq}`,
    tag: newTag(seq),
    prev: newTag(seq - 1),
    ...changes,
  });
const pushed = (...events: object[]) => ({ type: "events", room: "general", events });
const oldEvent = (seq: number) => logEvent(seq, { from: "bob" });

/** A client that has applied up to 60, with what it hands out and says. */
async function at60({ tag }: { tag: string | undefined } = { tag: tagAt(60) }) {
  const here = await connected();
  const room = here.client.follow("general", { after: 60, tag });
  const applied: string[] = [];
  const told: Discontinuity[] = [];
  room.subscribe(({ text = "" }) => applied.push(text));
  room.onDiscontinuity((discontinuity) => told.push(discontinuity));
  await idle();
  return { ...here, room, applied, told };
}
type At60 = Awaited<ReturnType<typeof at60>>;
let here: At60;
const syncReset = () => syncRefused("log_reset");

/** It asks for the newest page, is given it, says so, and goes on from there. */
async function startsAnew({ room, asked, allAsked, answer, applied, told }: At60) {
  expect(allAsked("history")).toHaveLength(1);
  const page = [newEvent(54), newEvent(55)];
  const { id: _, ...request } = asked("history");
  expect(request).toEqual({ action: "history", room: "general" });
  const before = [...applied];
  await answer(asked("history"), { type: "history", room: "general", events: page, more: true });
  expect(told).toMatchObject([{ reason: { code: "log_reset" }, events: page }]);
  expect(asked("sync")).toMatchObject({ rooms: { general: 55 }, tags: { general: newTag(55) } });
  await answer(asked("sync"), synced(56, [newEvent(56)]));
  expect(applied).toEqual([...before, "new 56"]);
  expect([room.cursor, room.tag, told.length]).toEqual([56, newTag(56), 1]);
}

beforeEach(async () => {
  here = await at60();
});

describe("a client says which event it has", () => {
  it("in a sync: of the rooms of which it knows", async () => {
    const { client, asked, allAsked } = here;
    expect(asked("sync")).toMatchObject({ rooms: { general: 60 }, tags: { general: tagAt(60) } });
    client.follow("lobby", { after: 3 });
    client.follow("random");
    await idle();
    expect(allAsked("sync")[1]).toMatchObject({ rooms: { lobby: 3, random: 0 } });
    expect(allAsked("sync")[1]).not.toHaveProperty("tags");
  });

  it("in a send, as its cursor moves on", async () => {
    const { room, receive, asked, answer } = here;
    await answer(asked("sync"), synced(61, [oldEvent(61)]));
    void room.send("hi");
    await idle();
    expect(asked("send")).toMatchObject({ after: 61, afterTag: tagAt(61) });
    await answer(asked("send"), { ...logEvent(62), type: "ack", room: "general", cid: "my-1" });
    await receive(pushed(oldEvent(63)));
    expect([room.cursor, room.tag]).toEqual([63, tagAt(63)]);
  });

  it("from a join on", async () => {
    const { client, asked, answer } = here;
    const joining = joined(client, "lobby");
    await idle();
    const head = { seq: 7, n: 7, tag: tagAt(7), online: 1 };
    await answer(asked("join"), { type: "joined", room: "lobby", ...head });
    const lobby = await joining;
    expect([lobby.cursor, lobby.tag]).toEqual([7, tagAt(7)]);
  });
});

describe("a log that went back is noticed", () => {
  it("by a sync", async () => {
    await here.answer(here.asked("sync"), syncReset());
    await startsAnew(here);
  });

  it("by a send, and the message is sent again", async () => {
    const { room, asked, allAsked, answer } = here;
    await answer(asked("sync"), synced(60));
    const sending = room.send("hi");
    await idle();
    await answer(asked("send"), refusal("log_reset"));
    await startsAnew(here);
    expect(allAsked("send")).toMatchObject([
      { cid: "my-1", after: 60, afterTag: tagAt(60) },
      { cid: "my-1", after: 56, afterTag: newTag(56) },
    ]);
    const place = { seq: 57, n: 57, tag: newTag(57), prev: newTag(56) };
    await answer(asked("send"), { type: "ack", room: "general", cid: "my-1", ...place });
    expect(await sending).toMatchObject({ seq: 57 });
  });

  it("by the next event, which does not belong behind what was applied", async () => {
    await here.answer(here.asked("sync"), synced(60));
    await here.receive(pushed(newEvent(61)));
    await startsAnew(here);
  });

  it("by another event at the cursor", async () => {
    await here.answer(here.asked("sync"), synced(60));
    await here.receive(pushed(newEvent(60, { prev: tagAt(59) })));
    await startsAnew(here);
  });

  it("by an event that waited for a gap to close, and is of the log of before", async () => {
    await here.answer(here.asked("sync"), synced(60));
    await here.receive(pushed(oldEvent(63)));
    await here.clock.pass(limits.gapMs);
    const page = [oldEvent(61), newEvent(62, { prev: tagAt(61) })];
    await here.answer(here.asked("sync"), synced(63, page));
    expect([here.room.cursor, here.applied]).toEqual([62, ["message 61", "new 62"]]);
    await startsAnew(here);
  });

  it("by a head that is below the cursor, also where the tag is not known", async () => {
    for (const tag of [tagAt(60), undefined]) {
      const there = await at60({ tag });
      await there.answer(there.asked("sync"), synced(60));
      there.sockets.last().drop();
      await there.clock.pass(limits.backoffMs);
      const rooms = [{ room: "general", seq: 59, n: 59, tag: newTag(59), readSeq: 0, unread: 0 }];
      await there.welcome({ rooms });
      await startsAnew(there);
    }
  });

  it("by the refusal of a cursor beyond the head, where the tag is not known", async () => {
    const there = await at60({ tag: undefined });
    await there.answer(there.asked("sync"), syncRefused("bad_request"));
    await startsAnew(there);
  });
});

describe("starting anew", () => {
  it("is not begun for a head that pushes have overtaken", async () => {
    const { sockets, clock, client, receive, asked, answer, allAsked } = here;
    await answer(asked("sync"), synced(60));
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    sockets.last().open();
    await idle();
    await receive(pushed(oldEvent(61)));
    const rooms = [{ room: "general", seq: 60, n: 60, tag: tagAt(60), readSeq: 0, unread: 0 }];
    await answer(asked("hello"), { type: "welcome", user: "alice", rooms, more: false });
    expect([client.status, allAsked("history")]).toEqual(["live", []]);
    expect(asked("sync")).toMatchObject({ rooms: { general: 61 } });
  });

  it("takes a message that the new log holds for stored", async () => {
    const { room, asked, answer, allAsked } = here;
    const sending = [room.send("one"), room.send("two")];
    await answer(asked("sync"), syncReset());
    const events = [newEvent(54, { from: "alice", cid: "my-1", text: "one" }), newEvent(55)];
    await answer(asked("history"), { type: "history", room: "general", events, more: true });
    expect(await sending[0]).toMatchObject({ seq: 54 });
    await answer(asked("sync"), synced(55));
    expect(allAsked("send")).toMatchObject([{ cid: "my-2", after: 55, afterTag: newTag(55) }]);
  });

  it("begins at 0 in a log that is empty", async () => {
    const { asked, answer, applied, receive } = here;
    await answer(asked("sync"), syncReset());
    await answer(asked("history"), { type: "history", room: "general", events: [], more: false });
    expect(asked("sync")).toMatchObject({ rooms: { general: 0 } });
    expect(asked("sync")).not.toHaveProperty("tags");
    await answer(asked("sync"), synced(0));
    await receive(pushed(logEvent(1, { from: "bob", text: "first", tag: newTag(1) })));
    expect(applied).toEqual(["first"]);
  });

  it("hands out nothing before it is done, and hears no answer of before", async () => {
    const { asked, allAsked, answer, receive, applied, told } = here;
    const sync = asked("sync");
    await receive(pushed(newEvent(61)));
    await receive(pushed(newEvent(62)));
    const history = asked("history");
    const page = { events: [newEvent(63)], more: true };
    await answer(history, { type: "history", room: "general", ...page });
    await answer(sync, syncReset());
    expect([applied, told.length, allAsked("history").length]).toEqual([[], 1, 1]);
    await answer(asked("sync"), synced(64, [newEvent(64)]));
    expect(applied).toEqual(["new 64"]);
  });

  it("is gone on with on the next connection", async () => {
    const { asked, allAsked, answer, sockets, clock, welcome } = here;
    await answer(asked("sync"), syncReset());
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome();
    await startsAnew(here);
    expect(allAsked("hello")).toHaveLength(1);
  });

  it("gives up with what the service says against it, until the next sync", async () => {
    const { client, room, asked, answer, clock } = here;
    const problems: unknown[] = [];
    client.on("problem", (problem) => problems.push(problem));
    const sending = expect(room.send("hi")).rejects.toMatchObject({ code: "not_member" });
    await answer(asked("sync"), syncReset());
    await answer(asked("history"), refusal("not_member"));
    await sending;
    expect(problems).toMatchObject([{ room: "general", error: { code: "not_member" } }]);
    await clock.pass(limits.keepAliveMs);
    expect(asked("sync")).toMatchObject({ tags: { general: tagAt(60) } });
  });

  it("is not begun by a message again and again for ever", async () => {
    const { room, asked, answer } = here;
    await answer(asked("sync"), synced(60));
    const refused = expect(room.send("hi")).rejects.toMatchObject({ code: "gave_up" });
    for (let i = 0; i < limits.attempts; i += 1) {
      await idle();
      await answer(asked("send"), refusal("log_reset"));
      if (i === limits.attempts - 1) break;
      const events = [newEvent(55)];
      await answer(asked("history"), { type: "history", room: "general", events, more: true });
      await answer(asked("sync"), synced(55));
    }
    await refused;
  });
});
