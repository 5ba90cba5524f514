/** A window on a room: what it holds while it is paged back and forth. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { react } from "../../client/messageActions.ts";
import { windowOf } from "../../client/roomWindow.ts";
import { idle } from "./fakeClock.ts";
import { changed, event, inStep, live } from "./shown.ts";

const last = 10_000;

const from = (first: number, count = limits.pageMessages) =>
  Array.from({ length: count }, (_, index) => event(first + index));

/** A window on a room of 10,000 messages. */
async function opened() {
  const here = await live();
  const room = here.chat.room("general");
  const shown = windowOf(room);
  const hide = shown.show();
  await idle();
  await here.answer("history", { type: "history", events: from(last - 49), more: true });
  await inStep(here, last);
  const push = (...events: object[]) => here.receive({ type: "events", room: "general", events });
  const range = () => {
    const seqs = shown.snapshot.messages.map(({ seq }) => seq);
    return [seqs[0], seqs.at(-1), seqs.length];
  };
  /** Pages back so many times. */
  const older = async (times: number) => {
    for (let n = 0; n < times; n += 1) {
      const paged = shown.older();
      await idle();
      const { before, limit } = here.sockets.last().sent.at(-1) as Record<string, number>;
      const first = Number(before) - Number(limit);
      await here.answer("history", {
        type: "history",
        events: from(first, limit),
        more: first > 1,
      });
      await paged;
    }
  };
  const newer = async () => {
    const paged = shown.newer();
    await idle();
    const { after } = here.sockets.last().sent.at(-1) as { after: number };
    const events = from(after + 1);
    await here.answer("history", { type: "history", events, more: after + 50 < last });
    await paged;
  };
  return { here, room, shown, hide, push, range, older, newer };
}

describe("a window on a room", () => {
  it("reaches behind what the room shows, and goes on with what comes", async () => {
    const { shown, older, range, push, room } = await opened();
    expect(range()).toEqual([last - 49, last, 50]);
    await older(11);
    expect(room.snapshot.messages).toHaveLength(limits.roomMessages);
    expect(range()).toEqual([last - 599, last, 600]);
    await push(event(last + 1));
    expect(range()).toEqual([last - 599, last + 1, 601]);
    expect(shown.snapshot).toMatchObject({ hasOlder: true, hasNewer: false });
  });

  it("lets go of the newest on the way back, and of the oldest on the way forth", async () => {
    const { shown, older, newer, range, push } = await opened();
    await older(29);
    expect(range()).toEqual([last - 1_499, last - 500, limits.windowMessages]);
    expect(shown.snapshot.hasNewer).toBe(true);
    await push(event(last + 1)); // is not shown there
    expect(range()).toEqual([last - 1_499, last - 500, limits.windowMessages]);
    await newer();
    expect(range()[2]).toBe(limits.windowMessages);
    expect(shown.snapshot).toMatchObject({ hasOlder: true, hasNewer: false });
    expect(range()).toEqual([last - 998, last + 1, limits.windowMessages]);
  });

  it("goes to a position, to the end, and there when I write", async () => {
    const { here, room, shown, range } = await opened();
    const going = shown.to(100);
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ around: 100 });
    await here.answer("history", { type: "history", events: from(75), more: true });
    await going;
    expect(range()).toEqual([75, 124, 50]);
    expect(shown.snapshot).toMatchObject({ hasOlder: true, hasNewer: true });
    void room.send("here I am");
    await idle();
    expect(shown.snapshot.messages.at(-1)).toMatchObject({ text: "here I am" });
    expect(shown.snapshot).toMatchObject({ hasOlder: true, hasNewer: false });
  });

  it("goes to a position after what is on its way, and to the last of several", async () => {
    const { here, shown, range } = await opened();
    const around = (middle: number) =>
      here.answer("history", { type: "history", events: from(middle - 25), more: true });
    const older = shown.older();
    const first = shown.to(100);
    const second = shown.to(200);
    await idle();
    await here.answer("history", { type: "history", events: from(last - 99), more: true });
    await older;
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ around: 100 });
    await around(100);
    await first;
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ around: 200 });
    await around(200);
    await second;
    expect(range()).toEqual([175, 224, 50]);
  });

  it("lets each caller end its own wait, and ends them with `closed` when hidden", async () => {
    const { here, shown, hide } = await opened();
    await here.receive({ type: "events", room: "general", events: [] });
    const abort = new AbortController();
    const ended = expect(shown.to(100, { signal: abort.signal })).rejects.toThrow("enough");
    const older = shown.older();
    abort.abort(new Error("enough"));
    await ended;
    await here.answer("history", { type: "history", events: from(75), more: true });
    expect(await older).toBe(false);
    expect(shown.snapshot.hasNewer).toBe(false);
    const closed = expect(shown.to(100)).rejects.toMatchObject({ code: "closed" });
    await idle();
    hide();
    await here.answer("history", { type: "history", events: from(75), more: true });
    await closed;
  });

  it("shows changes of what the room does not show, also mine at once", async () => {
    const { room, shown, older, push } = await opened();
    await older(11);
    const seq = last - 599;
    await push(changed(last + 1, seq, 2, { text: "edited" }));
    expect(shown.snapshot.messages[0]).toMatchObject({ seq, text: "edited" });
    void react(room, seq, "👍");
    expect(shown.snapshot.messages[0]?.reactions).toMatchObject([{ emoji: "👍", count: 1 }]);
  });

  it("is at the end again once it was hidden", async () => {
    const { hide, older, range } = await opened();
    await older(11);
    hide();
    expect(range()).toEqual([last - 499, last, limits.roomMessages]);
  });
});
