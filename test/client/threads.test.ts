/** Threads: what a program sends into them and reads of them. */
import { describe, expect, it } from "vitest";
import { react, replies } from "../../client/messageActions.ts";
import { thread } from "../../client/thread.ts";
import { tagAt } from "../support/fixtures.ts";
import { idle } from "./fakeClock.ts";
import { changed, event, general, inStep, live, open } from "./shown.ts";

describe("a thread", () => {
  it("gets a reply, which is shown at once with its root, also when sent again", async () => {
    const here = await open();
    void here.room.send("a reply", { thread: 1, inRoom: true });
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({
      ...{ action: "send", text: "a reply", thread: 1, inRoom: true },
    });
    const reply = { text: "a reply", thread: 1, inRoom: true };
    expect(here.room.snapshot.messages.at(-1)).toMatchObject({ ...reply, status: "sending" });
    await here.answer("send", refusal);
    const failed = here.room.snapshot.messages.at(-1);
    expect(failed).toMatchObject({ ...reply, status: "failed" });
    void here.room.retry(failed?.cid ?? "");
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "send", ...reply });
  });

  it("is read backwards, page by page", async () => {
    const here = await live();
    const pages = replies(here.chat.room("general"), 1);
    const first = pages.next();
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "thread", seq: 1 });
    const reply = { type: "thread", room: "general", seq: 1, more: true };
    await here.answer("thread", { ...reply, events: [event(7), event(9)] });
    expect((await first).value).toMatchObject([{ seq: 7 }, { seq: 9 }]);
    const second = pages.next();
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "thread", before: 7 });
    await here.answer("thread", { ...reply, more: false, events: [event(2)] });
    expect((await second).value).toMatchObject([{ seq: 2 }]);
    expect(await pages.next()).toMatchObject({ done: true });
  });
});

const refusal = { type: "error", code: "bad_request", message: "no", retryable: false };

/** A reply of Bob's to message 1. */
const reply = (seq: number, changes = {}) => event(seq, { thread: 1, ...changes });

/** A room that shows messages 18 to 20, the last one a reply, and a thread of message 1 there. */
async function opened() {
  const here = await live();
  const room = here.chat.room("general");
  const shown = thread(room, 1);
  const hide = shown.show();
  await idle();
  const events = [event(18), event(19), reply(20)];
  await here.answer("history", { type: "history", events, more: true });
  await inStep(here, 20);
  const push = (...events: object[]) => here.receive({ type: "events", room: "general", events });
  /** Answer with the root, and with the newest page, or one before it. */
  const page = async (seqs: number[], more: boolean) => {
    await here.answer("thread", {
      type: "thread",
      seq: 1,
      events: seqs.map((n) => reply(n)),
      more,
    });
  };
  const root = { ...event(1), v: 2, thread: { replies: 9, lastSeq: 20 } };
  await here.answer("events", { type: "events", events: [root] });
  const seqs = () => shown.snapshot.replies.map(({ seq }) => seq);
  return { here, room, shown, hide, push, page, seqs };
}

describe("a thread that is shown", () => {
  it("has its root and its newest replies, from its page and from the room", async () => {
    const { shown, page, seqs } = await opened();
    expect(shown.snapshot).toMatchObject({ state: "opening", hasOlder: false });
    await page([5, 7], true);
    expect(shown.snapshot).toMatchObject({ state: "open", hasOlder: true });
    expect(shown.snapshot.root).toMatchObject({ seq: 1, thread: { replies: 9 } });
    expect(seqs()).toEqual([5, 7, 20]);
  });

  it("gets replies as they come, and keeps those that the room shows no more", async () => {
    const { room, push, page, seqs } = await opened();
    await page([5, 7], false);
    await push(reply(21));
    for (let seq = 22; seq < 22 + 500; seq += 1) await push(event(seq));
    expect(room.snapshot.messages.some(({ thread }) => thread === 1)).toBe(false);
    expect(seqs()).toEqual([5, 7, 20, 21]);
  });

  it("pages back to its beginning", async () => {
    const { here, shown, page, seqs } = await opened();
    await page([7, 9], true);
    const older = shown.older();
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "thread", before: 7 });
    await page([3, 5], false);
    expect(await older).toBe(false);
    expect(seqs()).toEqual([3, 5, 7, 9, 20]);
    expect(await shown.older()).toBe(false);
  });

  it("shows changes of replies that the room does not hold, also ahead of their page", async () => {
    const { here, shown, push, page } = await opened();
    await push(changed(21, 7, 2, { ...reply(7), text: "edited meanwhile" }));
    await page([5, 7], false);
    expect(shown.snapshot.replies[1]).toMatchObject({ seq: 7, text: "edited meanwhile" });
    await push(changed(22, 5, 2, { ...reply(5), text: "edited" }));
    expect(shown.snapshot.replies[0]).toMatchObject({ seq: 5, text: "edited" });
    await push(changed(23, 1, 3, { thread: { replies: 10, lastSeq: 21 } }));
    expect(shown.snapshot.root).toMatchObject({ thread: { replies: 10 } });
    await push(changed(24, 5, 3));
    const now = { ...reply(5), v: 3, text: "asked for" };
    await here.answer("events", { type: "events", events: [now] });
    expect(shown.snapshot.replies[0]).toMatchObject({ text: "asked for", v: 3 });
  });

  it("shows my reaction to an old reply at once, and takes it back when refused", async () => {
    const { here, room, shown, page } = await opened();
    await page([5], false);
    const isRefused = { code: "bad_request" };
    const refused = expect(react(room, 5, "👍")).rejects.toMatchObject(isRefused);
    const thumbs = { emoji: "👍", count: 1, isMine: true };
    expect(shown.snapshot.replies[0]?.reactions).toMatchObject([thumbs]);
    await idle();
    await here.answer("react", refusal);
    await refused;
    expect(shown.snapshot.replies[0]?.reactions ?? []).toEqual([]);
  });

  it("has my reply at the end while it is on its way", async () => {
    const { here, room, shown, page, seqs } = await opened();
    await page([5], false);
    void room.send("on its way", { thread: 1 });
    expect(shown.snapshot.replies.at(-1)).toMatchObject({ text: "on its way", status: "sending" });
    await idle();
    const place = { seq: 21, n: 21, tag: tagAt(21), prev: tagAt(20), cid: "my-1", sentAtMs: 9 };
    await here.answer("send", { type: "ack", ...place });
    expect(seqs()).toEqual([5, 20, 21]);
    expect(shown.snapshot.replies.at(-1)).toMatchObject({ text: "on its way", status: "sent" });
  });

  it("is another snapshot only when something in it changed", async () => {
    const { shown, push, page } = await opened();
    await page([5], false);
    const before = shown.snapshot;
    await push(event(21));
    expect(shown.snapshot).toBe(before);
    await push(reply(22));
    expect(shown.snapshot).not.toBe(before);
    expect(shown.snapshot.replies[0]).toBe(before.replies[0]);
  });

  it("says why it cannot be read, and asks again when it is shown again", async () => {
    const { here, shown, hide } = await opened();
    await here.answer("thread", refusal);
    expect(shown.snapshot).toMatchObject({ state: "failed", error: { code: "bad_request" } });
    hide();
    shown.show();
    await idle();
    expect(shown.snapshot).toMatchObject({ state: "opening", error: undefined });
    expect(here.count("thread")).toBe(2);
  });

  it("holds at most 500 replies, the newest ones", async () => {
    const { shown, push, page, seqs } = await opened();
    await page([5], false);
    for (let seq = 21; seq < 21 + 500; seq += 1) await push(reply(seq));
    expect(seqs()).toHaveLength(500);
    expect(seqs()[0]).toBe(21);
    expect(shown.snapshot.hasOlder).toBe(true);
    expect(await shown.older()).toBe(false);
  });

  it("begins anew when the log went back", async () => {
    const { here, shown, page, seqs } = await opened();
    await page([5, 7], false);
    await here.comeBack([{ ...general, seq: 6, n: 6, tag: tagAt(6) }]);
    await here.answer("history", { type: "history", events: [event(1), reply(6)], more: false });
    expect(seqs()).toEqual([6]);
    await page([5], false);
    expect(seqs()).toEqual([5, 6]);
    expect(shown.snapshot.root).toMatchObject({ seq: 1 });
  });
});
