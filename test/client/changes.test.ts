/** Messages that change: what a room shows of them, whichever way it learns of it. */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { edit, react, remove } from "../../client/messageActions.ts";
import { idle } from "./fakeClock.ts";
import { changed, event, inStep, open, pagingBack, type Shown } from "./shown.ts";

const push = ({ receive }: Pick<Shown, "receive">, ...events: object[]) =>
  receive({ type: "events", room: "general", events });

/** A room that is paged to its first message, which becomes `now` while its page is on its way. */
async function pagedTo(now: object) {
  const { here, room, older } = await pagingBack(2);
  await push(here, changed(3, 1, 2, now));
  await here.answer("history", { type: "history", events: [event(1)], more: false });
  await older;
  return { room };
}

describe("a message that changes", () => {
  it("is shown as it is now, and an older version never takes its place", async () => {
    const here = await open();
    await push(here, changed(3, 1, 3, { text: "third", editedAtMs: 7 }));
    await push(here, changed(4, 1, 2, { text: "second" }));
    const [first, second] = here.room.snapshot.messages;
    expect(first).toMatchObject({ seq: 1, text: "third", v: 3, editedAtMs: 7 });
    expect(second).toMatchObject({ seq: 2, text: "message 2" });
    await here.said(5);
    expect(here.room.snapshot.messages).toHaveLength(3);
  });

  it("stays in its place when it is deleted, and says nothing any more", async () => {
    const here = await open();
    const deleted = { by: "moderator", atMs: 9 };
    await push(here, changed(3, 1, 2, { text: undefined, deleted }));
    expect(here.room.snapshot.messages[0]).toMatchObject({ seq: 1, text: "", deleted });
  });

  it("is asked for where its frame does not say how it is, if it is shown", async () => {
    const here = await open();
    await push(here, changed(3, 77, 2));
    expect(here.count("events")).toBe(0);
    await push(here, changed(4, 1, 2));
    const now = { ...event(1), v: 2, text: "asked" };
    await here.answer("events", { type: "events", events: [now] });
    expect(here.room.snapshot.messages[0]).toMatchObject({ text: "asked", v: 2 });
    expect(here.room.snapshot.messages).toHaveLength(2);
  });

  it("is right on a page that was read before it changed, and came after", async () => {
    const { room } = await pagedTo({ text: "edited" });
    expect(room.snapshot.messages[0]).toMatchObject({ seq: 1, text: "edited", v: 2 });
  });
});

describe("a change of mine", () => {
  const first = ({ room }: Awaited<ReturnType<typeof open>>) => room.snapshot.messages[0];
  const refused = { type: "error", code: "forbidden", message: "no", retryable: false };

  it("asks for an edit by position and version", async () => {
    const here = await open();
    void edit(here.room, 1, " hello ", { v: 1 });
    await idle();
    const asked = { action: "edit", room: "general", seq: 1, text: " hello ", v: 1, cid: "my-1" };
    expect(here.sockets.last().sent.at(-1)).toMatchObject(asked);
  });

  it("mentions others with its text, at once", async () => {
    const here = await open();
    void edit(here.room, 1, "@bob, look", { mentions: ["bob"] });
    expect(first(here)).toMatchObject({ text: "@bob, look", mentions: ["bob"] });
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "edit", mentions: ["bob"] });
  });

  it("is shown at once, and once the log has it, as the log has it", async () => {
    const here = await open();
    const editing = edit(here.room, 1, " hello ");
    expect(first(here)).toMatchObject({ text: "hello", editedAtMs: here.clock.nowMs() });
    await idle();
    await here.answer("edit", { type: "edited", seq: 1, v: 2 });
    await editing;
    expect(first(here)).toMatchObject({ text: "hello" });
    await push(here, changed(3, 1, 2, { text: "hello", editedAtMs: 7 }));
    expect(first(here)).toMatchObject({ text: "hello", editedAtMs: 7, v: 2 });
  });

  it("is shown when its answer comes behind what it did", async () => {
    const here = await open();
    void edit(here.room, 1, "mine");
    await idle();
    await push(here, changed(3, 1, 3, { text: "a later one" }));
    await here.answer("edit", { type: "edited", seq: 1, v: 2 });
    expect(first(here)).toMatchObject({ text: "a later one" });
  });

  it("is taken back when it is refused", async () => {
    const here = await open();
    const before = here.room.snapshot.messages;
    const removing = expect(remove(here.room, 1)).rejects.toMatchObject({ code: "forbidden" });
    expect(first(here)).toMatchObject({ text: "", deleted: { by: "moderator" } });
    await idle();
    await here.answer("delete", refused);
    await removing;
    expect(here.room.snapshot.messages).toEqual(before);
  });

  it("is asked for again when its answer is lost", async () => {
    const here = await open();
    const reacting = react(here.room, 1, "👍");
    await idle();
    here.sockets.last().drop();
    await here.clock.pass(limits.backoffMs);
    await here.welcome();
    await inStep(here, 2);
    await here.answer("react", { type: "reacted", seq: 1, emoji: "👍", on: true });
    await reacting;
    expect(first(here)?.reactions).toMatchObject([{ emoji: "👍", count: 1, isMine: true }]);
  });

  it("waits for the one before it to the same message", async () => {
    const here = await open();
    const both = [react(here.room, 1, "👍"), react(here.room, 1, "👍", { on: false })];
    await idle();
    expect(here.count("react")).toBe(1);
    expect(first(here)?.reactions).toEqual([]);
    await here.answer("react", { type: "reacted", seq: 1, emoji: "👍", on: true });
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "react", on: false });
    await here.answer("react", { type: "reacted", seq: 1, emoji: "👍", on: false });
    await Promise.all(both);
  });

  it("does not bring back what was deleted meanwhile", async () => {
    const here = await open();
    void edit(here.room, 1, "mine");
    await idle();
    const deleted = { by: "moderator", atMs: 9 };
    await push(here, changed(3, 1, 2, { text: undefined, deleted }));
    expect(first(here)).toMatchObject({ text: "", deleted });
  });

  it("leaves the snapshot the same while nothing more changes", async () => {
    const here = await open();
    void edit(here.room, 1, "mine");
    const before = here.room.snapshot;
    await here.receive({ type: "typing", room: "general", user: "bob", on: false });
    expect(here.room.snapshot).toBe(before);
    await here.said(3);
    expect(here.room.snapshot.messages[0]).toBe(before.messages[0]);
  });
});

describe("a reaction of mine", () => {
  const thumb = (here: Pick<Awaited<ReturnType<typeof open>>, "room">) =>
    here.room.snapshot.messages[0]?.reactions?.[0];
  const reactions = (count: number, users: string[]) => [{ emoji: "👍", count, users }];
  const reacted = { type: "reacted", seq: 1, emoji: "👍", on: true };

  it("is counted once, whether the log or the answer comes first", async () => {
    for (const order of ["log", "answer"]) {
      const here = await open();
      await push(here, changed(3, 1, 2, { reactions: reactions(1, ["bob"]) }));
      void react(here.room, 1, "👍");
      expect(thumb(here)).toEqual({
        ...{ emoji: "👍", count: 2, users: ["bob", "alice"], isMine: true },
      });
      await idle();
      const tell = () =>
        push(here, changed(4, 1, 3, { reactions: reactions(2, ["bob", "alice"]) }));
      if (order === "log") await tell();
      expect(thumb(here)).toMatchObject({ count: 2, isMine: true });
      await here.answer("react", reacted);
      expect(thumb(here)).toMatchObject({ count: 2, isMine: true });
      if (order === "answer") await tell();
      expect(thumb(here)).toMatchObject({ count: 2, isMine: true });
    }
  });

  it("stays mine where the service names only some", async () => {
    const here = await open();
    await push(here, changed(3, 1, 2, { reactions: reactions(3, ["bob"]) }));
    void react(here.room, 1, "👍");
    await idle();
    await here.answer("react", reacted);
    await push(here, changed(4, 1, 3, { reactions: reactions(4, ["bob"]) }));
    expect(thumb(here)).toMatchObject({ count: 4, isMine: true });
    await push(here, changed(5, 1, 4, { reactions: reactions(5, ["bob"]) }));
    expect(thumb(here)).toMatchObject({ count: 5, isMine: true });
  });

  it("is mine on a page that was read before it, and came after", async () => {
    const paged = await pagedTo({ reactions: reactions(2, ["bob", "alice"]) });
    expect(thumb(paged)).toMatchObject({ count: 2, isMine: true });
  });

  it("takes the emoji away with the last of us", async () => {
    const here = await open();
    await push(here, changed(3, 1, 2, { reactions: reactions(1, ["alice"]) }));
    void react(here.room, 1, "👍", { on: false });
    expect(here.room.snapshot.messages[0]?.reactions).toEqual([]);
  });
});
