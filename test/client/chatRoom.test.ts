/** What a room of a chat shows, and when its snapshot is another one. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { history } from "../../client/messageActions.ts";
import { emptyRoom } from "../../client/roomFeatures.ts";
import { tagAt } from "../support/fixtures.ts";
import { fakeClock, idle } from "./fakeClock.ts";
import { event, inStep, live, open, pagingBack, shown } from "./shown.ts";

const texts = ({ room }: Pick<Awaited<ReturnType<typeof open>>, "room">) =>
  room.snapshot.messages.map(({ text, status }) => `${text}: ${status}`);

const ack = (seq: number, cid: string) => ({
  ...{ type: "ack", room: "general", seq, n: seq, tag: tagAt(seq), prev: tagAt(seq - 1) },
  ...{ cid, sentAtMs: seq },
});

describe("a room that is opened", () => {
  it("shows its newest page, then what comes after it", async () => {
    const here = await open();
    expect(here.room.snapshot).toMatchObject({ state: "open", hasOlder: false });
    await here.said(3);
    expect(texts(here)).toEqual(["message 1: sent", "message 2: sent", "message 3: sent"]);
  });

  it("waits for a connection, and is asked for again when one is lost", async () => {
    const here = await live();
    const opening = here.chat.room("general").open();
    await idle();
    await here.comeBack();
    await here.answer("history", { type: "history", events: [], more: false });
    await opening;
    expect(here.chat.room("general").snapshot.state).toBe("open");
  });

  it("says why it cannot be, and may be opened again", async () => {
    const here = await live();
    const room = here.chat.room("general");
    const opening = room.open();
    await idle();
    const refusal = { code: "not_member", message: "no", retryable: false };
    await here.answer("history", { type: "error", ...refusal });
    await expect(opening).rejects.toMatchObject({ code: "not_member" });
    expect(room.snapshot).toMatchObject({ state: "failed", error: { code: "not_member" } });
    void room.open();
    await idle();
    expect(here.count("history")).toBe(2);
  });

  it("holds nothing any more when it is closed", async () => {
    const here = await open();
    here.room.close();
    expect(here.room.snapshot).toEqual(emptyRoom("general"));
    await here.said(3);
    expect(here.room.snapshot.messages).toEqual([]);
    expect(here.chat.snapshot.rooms).toMatchObject([{ seq: 3 }]);
  });

  it("holds nothing either when a listener closes it amid what is handed out", async () => {
    const here = await open();
    here.room.subscribe(() => here.room.close());
    const events = [3, 4, 6].map((seq) => event(seq)); // with a gap, which would be synced
    await here.receive({ type: "events", room: "general", events });
    expect(here.room.snapshot).toEqual(emptyRoom("general"));
    await here.clock.pass(limits.gapMs);
    expect(here.count("sync")).toBe(1);
  });

  it("is not open when a listener closes it at its newest page", async () => {
    const here = await live();
    const room = here.chat.room("general");
    void room.open();
    room.subscribe(() => room.snapshot.messages.length > 0 && room.close());
    await idle();
    await here.answer("history", { type: "history", events: [event(1)], more: false });
    expect(room.snapshot).toEqual(emptyRoom("general"));
  });

  it("asks for one page, however often it was closed before the chat is live", async () => {
    const here = shown();
    const room = here.chat.room("general");
    for (let time = 0; time < 5; time += 1) {
      void room.open();
      room.close();
    }
    void room.open();
    void here.chat.connect();
    await here.welcome();
    expect(here.count("history")).toBe(1);
  });

  it("pages back, up to the first message", async () => {
    const { here, room, older } = await pagingBack(2);
    await here.answer("history", { type: "history", events: [event(1)], more: false });
    expect(await older).toBe(false);
    expect(texts({ room })).toEqual(["message 1: sent", "message 2: sent"]);
  });

  it("reads on where the page before it holds no message", async () => {
    const { here, room, older } = await pagingBack(3);
    const left = { ...event(2), kind: "member", user: "carol", did: "left" };
    await here.answer("history", { type: "history", events: [left], more: true });
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "history", before: 2 });
    await here.answer("history", { type: "history", events: [event(1)], more: false });
    expect(await older).toBe(false);
    expect(texts({ room })).toEqual(["message 1: sent", "message 3: sent"]);
  });

  it("iterates over its history, page by page, until the signal ends it", async () => {
    const here = await live();
    const abort = new AbortController();
    const pages = history(here.chat.room("general"), { signal: abort.signal });
    const first = pages.next();
    await idle();
    await here.answer("history", { type: "history", events: [event(3)], more: true });
    expect((await first).value).toMatchObject([{ seq: 3 }]);
    const second = pages.next();
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ before: 3 });
    abort.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
  });

  it("shows the log of now when it went back", async () => {
    const here = await open();
    const told: string[] = [];
    here.room.onDiscontinuity(({ reason }) => told.push(reason.code));
    const other = { ...event(3), tag: "other--3", prev: "other--2" };
    await here.receive({ type: "events", room: "general", events: [other] });
    const page = { type: "history", events: [event(1, { text: "anew" })], more: false };
    await here.answer("history", page);
    expect(told).toEqual(["log_reset"]);
    expect(texts(here)).toEqual(["anew: sent"]);
  });
});

it("says who put me out, and holds nothing any more", async () => {
  const here = await open();
  here.room.draft = "half a";
  await here.receive({ type: "left", room: "general", by: "bob", reason: "spam" });
  expect(here.room.snapshot).toEqual({
    ...{ ...emptyRoom("general"), state: "left", by: "bob", reason: "spam" },
  });
  expect(here.room.draft).toBe("half a");
  expect(here.chat.snapshot.rooms).toEqual([]);
});

describe("a message of mine", () => {
  it("carries a quote, mentions and data, also when it is sent again", async () => {
    const here = await open();
    const extras = { replyTo: 1, mentions: ["bob"], data: { poll: 7 } };
    void here.room.send("hi", extras);
    expect(here.room.snapshot.messages.at(-1)).toMatchObject({ status: "sending", ...extras });
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "send", ...extras });
    await here.answer("send", { type: "error", code: "closed", message: "", retryable: false });
    void here.room.retry("my-1");
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "send", ...extras });
    await here.answer("send", ack(3, "my-1"));
    expect(here.room.snapshot.messages.at(-1)).toMatchObject({ status: "sent", ...extras });
  });

  it("is shown at once, and once, when it is acked and comes again", async () => {
    const here = await open();
    const shown: number[] = [];
    here.room.subscribe(() => shown.push(texts(here).slice(2).length));
    void here.room.send(" hi ");
    expect(texts(here).at(-1)).toBe("hi: sending");
    await idle();
    await here.answer("send", ack(3, "my-1"));
    await here.said(3, { from: "alice", cid: "my-1", text: "hi" });
    expect(texts(here).slice(2)).toEqual(["hi: sent"]);
    expect(new Set(shown)).toEqual(new Set([1])); // never twice on the way either
  });

  it("carries data as it was when it was sent, and is refused if that is no JSON", async () => {
    const here = await open();
    const data = { votes: 1 };
    void here.room.send("hi", { data });
    data.votes = 2;
    await idle();
    expect(here.room.snapshot.messages.at(-1)?.data).toEqual({ votes: 1 });
    expect(() => here.room.send("hi", { data: 1n as never })).toThrow(TypeError);
    expect(texts(here).slice(2)).toEqual(["hi: sending"]);
  });

  it("is waited for until the signal says otherwise, and sent all the same", async () => {
    const here = await open();
    const abort = new AbortController();
    const sent = here.room.send("hi", { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(sent).rejects.toThrow("enough");
    await here.answer("send", ack(3, "my-1"));
    expect(texts(here).slice(2)).toEqual(["hi: sent"]);
  });

  it("stays behind what others say meanwhile, until it is stored", async () => {
    const here = await open();
    void here.room.send("hi");
    await idle();
    await here.said(3);
    expect(texts(here).slice(2)).toEqual(["message 3: sent", "hi: sending"]);
    await here.answer("send", ack(4, "my-1"));
    expect(texts(here).slice(2)).toEqual(["message 3: sent", "hi: sent"]);
  });

  it("is shown as sent when its answer is lost and the log has it", async () => {
    const here = await open();
    const sent = here.room.send("hi");
    await idle();
    await here.comeBack();
    const mine = event(3, { from: "alice", cid: "my-1", text: "hi" });
    const synced = { room: "general", events: [mine], seq: 3, n: 3, complete: true };
    await here.answer("sync", { type: "sync", rooms: [synced], later: [] });
    expect(await sent).toMatchObject({ seq: 3 });
    expect(texts(here).slice(2)).toEqual(["hi: sent"]);
    expect(here.count("send")).toBe(0);
  });

  it("fails when it is refused, and can be sent again under its name, or discarded", async () => {
    const here = await open();
    void here.room.send("hi");
    await idle();
    const refusal = { code: "too_large", message: "no", retryable: false };
    await here.answer("send", { type: "error", ...refusal });
    expect(here.room.snapshot.messages.at(-1)).toMatchObject({
      status: "failed",
      error: { code: "too_large" },
    });
    void here.room.retry("my-1");
    expect(texts(here).at(-1)).toBe("hi: sending");
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "send", cid: "my-1" });
    await here.answer("send", { type: "error", ...refusal });
    here.room.discard("my-1");
    expect(texts(here)).toEqual(["message 1: sent", "message 2: sent"]);
    expect(() => here.room.retry("my-1")).toThrow(TypeError);
  });

  it.each(["idle", "open"])("fails with `closed` when the chat is closed: %s room", async (how) => {
    const here = how === "open" ? await open() : await live();
    const sent = here.chat.room("general").send("hi");
    here.chat.close();
    await expect(sent).rejects.toMatchObject({ code: "closed" });
    await expect(here.chat.room("general").send("ho")).rejects.toMatchObject({ code: "closed" });
    expect(here.chat.room("general").snapshot.messages.at(-1)?.status).toBe("failed");
  });
});

describe("a room that is shown", () => {
  it("tells who types, until they stop, write, fall silent or the connection is lost", async () => {
    const here = await open();
    const types = (on: boolean) =>
      here.receive({ type: "typing", room: "general", user: "bob", on });
    const now = () => here.room.snapshot.typing;
    await types(true);
    expect(now()).toEqual(["bob"]);
    await types(false);
    expect(now()).toEqual([]);
    await types(true);
    await here.said(3);
    expect(now()).toEqual([]);
    await types(true);
    await here.clock.pass(limits.typingShownMs);
    expect(now()).toEqual([]);
    await types(true);
    here.sockets.last().drop();
    expect(now()).toEqual([]);
  });

  it("tells what is pinned: of two entries the one with the higher rev", async () => {
    const here = await open();
    here.room.show();
    await idle();
    const looked = { room: "general", online: [], reads: [], pins: [1] };
    await here.answer("focus", { type: "focused", rooms: [looked] });
    expect(here.room.snapshot.pins).toEqual([1]);
    const pinned = (seq: number, rev: number, pins: number[]) => ({
      ...{ ...event(seq), kind: "room", set: { pins }, rev },
    });
    const events = [pinned(3, 8, [1, 2]), pinned(4, 7, [1])];
    await here.receive({ type: "events", room: "general", events });
    expect(here.room.snapshot.pins).toEqual([1, 2]);
  });

  it("tells who is online and how far others have read", async () => {
    const here = await open();
    here.room.show();
    await idle();
    const looked = {
      ...{ room: "general", online: [{ user: "bob", connections: 2 }] },
      reads: [{ user: "bob", seq: 1, n: 1 }],
    };
    await here.answer("focus", { type: "focused", rooms: [looked] });
    expect(here.room.snapshot).toMatchObject({ online: ["bob"], reads: { bob: 1 } });
    const comes = { type: "presence", room: "general", user: "alf", online: true, atMs: 1 };
    await here.receive(comes);
    await here.receive({ type: "read", room: "general", user: "bob", seq: 2, n: 2 });
    expect(here.room.snapshot).toMatchObject({ online: ["alf", "bob"], reads: { bob: 2 } });
  });
});

it("tells my typing at most every three seconds, and its end once", async () => {
  const here = await open();
  for (let key = 0; key < 10; key += 1) here.room.typing();
  expect(here.count("typing")).toBe(0);
  await idle();
  expect(here.count("typing")).toBe(1);
  await here.clock.pass(limits.typingEveryMs);
  here.room.typing();
  here.room.typing(false);
  here.room.typing(false);
  await idle();
  expect(here.count("typing")).toBe(3);
});

it("tells my typing also after this machine's clock was set back", async () => {
  const clock = fakeClock();
  let backMs = 0;
  const here = await open({ clock: { ...clock, nowMs: () => clock.nowMs() - backMs } });
  here.room.typing();
  backMs = 3_600_000;
  here.room.typing();
  await idle();
  expect(here.count("typing")).toBe(2);
});

it("moves my read position to the newest message, once", async () => {
  const here = await open();
  const reading = here.room.read();
  await idle();
  await here.answer("read", { type: "read", user: "alice", seq: 2, n: 2 });
  await reading;
  expect(here.chat.snapshot.unread).toBe(0);
  await here.room.read();
  expect(here.count("read")).toBe(1);
});

describe("the snapshot of a room", () => {
  it("is the same object until something in it changed", async () => {
    const here = await open();
    const before = here.room.snapshot;
    await here.said(2);
    await here.receive({ type: "typing", room: "general", user: "bob", on: false });
    await here.receive({ type: "presence", room: "general", user: "b", online: false, atMs: 1 });
    await here.comeBack();
    await inStep(here, 2);
    expect(here.room.snapshot).toBe(before);
    await here.said(3);
    expect(here.room.snapshot).not.toBe(before);
    expect(here.room.snapshot.reads).toBe(before.reads);
  });

  it("cannot be changed by the program, nor can its lists", async () => {
    const { room, chat } = await open();
    expect(() => (room.snapshot.messages as object[]).pop()).toThrow(TypeError);
    expect(() => (chat.snapshot.rooms as object[]).pop()).toThrow(TypeError);
    expect(() => Object.assign(room.snapshot, { state: "left" })).toThrow(TypeError);
  });

  it("is told to no listener that one before it has taken back", async () => {
    const here = await open();
    const told: string[] = [];
    here.room.subscribe(() => stop());
    const stop = here.room.subscribe(() => told.push("taken back"));
    here.room.subscribe(() => {
      told.push("first");
      const end = here.room.subscribe(() => told.push("added")); // hears of the next one
      here.room.subscribe(end);
    });
    await here.said(3);
    expect(told).toEqual(["first"]);
  });
});
