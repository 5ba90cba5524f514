/** What `createChat` shows of the connection and of my rooms. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { decline, onSettings } from "../../client/roomActions.ts";
import { idle } from "./fakeClock.ts";
import { event, general, inStep, live, open, type Shown, shown } from "./shown.ts";

describe("the connection of a chat", () => {
  it("goes from idle to live, and knows who I am", async () => {
    const here = shown();
    const states = [here.chat.snapshot.connection.state];
    here.chat.subscribe(() => {
      const { state } = here.chat.snapshot.connection;
      if (state !== states.at(-1)) states.push(state);
    });
    const connected = here.chat.connect();
    await here.welcome();
    await connected;
    expect(states).toEqual(["idle", "connecting", "live"]);
    expect(here.chat.snapshot.connection.user).toBe("alice");
  });

  it("says why it is offline, and when the next try begins", async () => {
    const { chat, sockets, clock } = await live();
    sockets.last().drop();
    const { state, reason, retryAtMs } = chat.snapshot.connection;
    expect({ state, code: reason?.code }).toEqual({ state: "offline", code: "disconnected" });
    expect(retryAtMs).toBe(clock.nowMs() + 500);
    await clock.pass(500);
    expect(chat.snapshot.connection).toMatchObject({ state: "connecting", retryAtMs: undefined });
  });

  it("says why it has failed", async () => {
    const { chat, receive } = await live();
    const frame = { code: "too_many_connections", message: "", reconnect: false, afterMs: 0 };
    await receive({ type: "disconnect", ...frame });
    expect(chat.snapshot.connection).toMatchObject({
      state: "failed",
      reason: { code: "too_many_connections" },
    });
    await expect(chat.live()).rejects.toMatchObject({ code: "closed" });
  });

  it("is waited for until the signal says otherwise, and goes on without the wait", async () => {
    const here = shown();
    const abort = new AbortController();
    const connected = here.chat.connect({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(connected).rejects.toThrow("enough");
    await here.welcome();
    expect(here.chat.snapshot.connection.state).toBe("live");
  });
});

it.each<[string, (here: Awaited<ReturnType<typeof open>>) => unknown]>([
  [
    "somebody types",
    ({ receive }) => receive({ type: "typing", room: "general", user: "bob", on: true }),
  ],
  [
    "a message waits to be sent again",
    async ({ room, answer }) => {
      void room.send("hi");
      await idle();
      const wait = { code: "rate_limited", message: "", retryable: true, retryAfterMs: 60_000 };
      await answer("send", { type: "error", ...wait });
    },
  ],
  ["a request waits for its answer", ({ room }) => room.join().catch(() => {})],
  ["it is offline", ({ sockets }) => sockets.last().drop()],
  [
    "it connects",
    async ({ sockets, clock }) => {
      sockets.last().drop();
      await clock.pass(500);
    },
  ],
  ["it finds out whether it is live", ({ chat }) => void chat.connect()],
  ["it hands over", ({ clock }) => clock.pass(0.9 * limits.connectionMs)],
])("leaves no timer behind when it is closed while %s", async (_title, begin) => {
  const here = await open();
  void begin(here);
  await idle();
  here.chat.close();
  here.chat.close();
  await idle();
  expect(await here.clock.next()).toBe(false);
});

describe("the rooms of a chat", () => {
  it("are mine with what is unread in each, from every page of the welcome", async () => {
    const here = shown();
    void here.chat.connect();
    await idle();
    here.sockets.last().open();
    await idle();
    const first = { type: "welcome", user: "alice", rooms: [general], more: true };
    await here.answer("hello", first);
    expect(here.chat.snapshot.rooms).toEqual([]);
    const lobby = { ...general, room: "lobby", unread: 2, readSeq: 0 };
    await here.answer("hello", { ...first, rooms: [lobby], more: false });
    expect(here.chat.snapshot).toMatchObject({
      rooms: [
        { room: "general", unread: 1, readSeq: 1 },
        { room: "lobby", unread: 2 },
      ],
      unread: 3,
    });
  });

  it("count what is said in a room that is not open, and keep the newest event", async () => {
    const { chat, said } = await live();
    await said(3);
    await said(4);
    expect(chat.snapshot).toMatchObject({
      rooms: [{ unread: 3, seq: 4, last: { text: "message 4" } }],
      unread: 3,
    });
  });

  it("count nothing as unread after a message of mine", async () => {
    const { chat, said } = await live();
    await said(3, { from: "alice" });
    expect(chat.snapshot.unread).toBe(0);
  });

  it("follow my read position when another device moves it", async () => {
    const { chat, said, receive } = await live();
    await said(3);
    await receive({ type: "read", room: "general", user: "alice", seq: 3, n: 3 });
    expect(chat.snapshot.rooms).toMatchObject([{ unread: 0, readSeq: 3 }]);
    await receive({ type: "read", room: "general", user: "alice", seq: 1, n: 1 });
    expect(chat.snapshot.rooms).toMatchObject([{ unread: 0, readSeq: 3 }]);
  });

  it("gain a direct room when somebody writes to me, and lose one that I leave", async () => {
    const { chat, receive } = await live();
    const room = "dm:alice:bob";
    await receive({ type: "events", room, events: [event(1)] });
    expect(chat.snapshot.rooms).toMatchObject([{ room, unread: 1 }, { room: "general" }]);
    await receive({ type: "left", room: "general" });
    expect(chat.snapshot.rooms).toMatchObject([{ room }]);
  });

  it("are the same object after a new connect at which nothing is new", async () => {
    const { chat, comeBack } = await live();
    const before = chat.snapshot.rooms;
    await comeBack();
    expect(chat.snapshot.connection.state).toBe("live");
    expect(chat.snapshot.rooms).toBe(before);
  });
});

it("gives the same room each time, and a direct one once I am known", async () => {
  const here = shown();
  const direct = here.chat.to("bob");
  void here.chat.connect();
  await here.welcome();
  expect(await direct).toBe(here.chat.room("dm:alice:bob"));
  expect(() => here.chat.room("No Room")).toThrow(TypeError);
});

it("tells hints of the four rooms that were shown last", async () => {
  const here = await live();
  const ends: (() => void)[] = [];
  for (const name of ["a", "b", "c", "d", "e"]) {
    ends.push(here.chat.room(name).show());
    await idle();
    if (here.count("focus") > ends.length - 1) await here.answer("focus", focusedNone);
  }
  expect(lastFocus(here)).toEqual(["b", "c", "d", "e"]);
  ends[4]?.();
  await idle();
  expect(lastFocus(here)).toEqual(["a", "b", "c", "d"]);
});

const focusedNone = { type: "focused", rooms: [] };
function lastFocus({ sockets }: Shown) {
  return sockets.last().sent.findLast(({ action }) => action === "focus")?.["rooms"];
}

describe("invitations", () => {
  const room = "p-kq3vzw7a2mbtc4xhd6fsne";
  const invited = { type: "invited", room, user: "alice", by: "bob", title: "plans" };

  it("come as they are made, and go when I accept or they are taken back", async () => {
    const here = await live();
    const rooms = () => here.chat.snapshot.invitations.map((one) => one.room);
    await here.receive(invited);
    expect(here.chat.snapshot.invitations).toMatchObject([{ room, by: "bob", title: "plans" }]);
    await here.receive({ ...invited, user: "carol" });
    expect(rooms()).toEqual([room]);
    const joining = here.chat.room(room).join();
    await idle();
    await here.answer("join", { type: "joined", seq: 0, n: 0, online: 1, title: "plans" });
    expect(rooms()).toEqual([]);
    expect(here.chat.snapshot.rooms).toMatchObject([{ room: "general" }, { room, title: "plans" }]);
    await idle();
    await here.answer("history", { type: "history", events: [], more: false });
    await joining;
    await here.receive({ ...invited, room: "other" });
    await here.receive({ type: "uninvited", room: "other", user: "alice" });
    expect(rooms()).toEqual([]);
  });

  it("are declined", async () => {
    const here = await live();
    await here.receive(invited);
    void decline(here.chat.room(room));
    await idle();
    await here.answer("decline", { type: "declined" });
    expect(here.chat.snapshot.invitations).toEqual([]);
  });
});

describe("mentions", () => {
  it("are counted where they are of me or of everyone, and end by reading", async () => {
    const here = await live();
    const mentions = () => here.chat.snapshot.rooms[0]?.mentions;
    await here.said(3, { mentions: ["alice"] });
    await here.said(3, { mentions: ["alice"] });
    await here.said(4, { mentions: ["carol"] });
    await here.said(5, { everyone: true });
    expect(mentions()).toBe(2);
    await here.receive({ type: "read", room: "general", user: "alice", seq: 4, n: 4 });
    expect(mentions()).toBe(1);
    await here.receive({ type: "read", room: "general", user: "alice", seq: 5, n: 5 });
    expect(mentions()).toBe(0);
  });
});

it("knows a room's title and my role from what is set there", async () => {
  const here = await live();
  const entry = (seq: number, changes: object) => ({ ...event(seq), n: 2, ...changes });
  await here.receive({
    ...{ type: "events", room: "general" },
    events: [
      entry(3, { kind: "room", set: { title: "General" } }),
      entry(4, { kind: "member", user: "alice", change: "role", role: "moderator" }),
    ],
  });
  expect(here.chat.snapshot.rooms).toMatchObject([{ title: "General", role: "moderator" }]);
  expect(here.chat.snapshot.unread).toBe(1);
});

it("tells what is set of a room once it is known, and at each change after that", async () => {
  const here = await live();
  const told: object[] = [];
  const stop = onSettings(here.chat.room("general"), (all) => told.push(all));
  await idle();
  await here.answer("history", { type: "history", events: [event(1), event(2)], more: false });
  const set = { title: "General", topic: "all", slowModeMs: 0 };
  await here.answer("settings", { type: "settings", rev: 3, ...set });
  expect(told).toMatchObject([{ rev: 3, ...set }]);
  const changed = (seq: number, rev: number, what: object) =>
    here.receive({
      ...{ type: "events", room: "general" },
      events: [{ ...event(seq), n: 2, kind: "room", set: what, rev }],
    });
  await inStep(here, 2);
  await changed(3, 4, { topic: "" });
  expect(told[1]).toMatchObject({ ...set, rev: 4, topic: "" });
  expect(here.count("settings")).toBe(1);
  // A change between is not in the log, as after a crash: it is asked for.
  await changed(4, 6, { slowModeMs: 5_000 });
  await here.answer("settings", { type: "settings", rev: 6, title: "Lobby", slowModeMs: 5_000 });
  expect(told[2]).toMatchObject({ rev: 6, title: "Lobby", slowModeMs: 5_000 });
  stop();
  await changed(5, 7, { topic: "unheard" });
  expect(told).toHaveLength(3);
});
