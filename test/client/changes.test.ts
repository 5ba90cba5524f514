/** Messages that change: what a room shows of them, whichever way it learns of it. */
import { describe, expect, it } from "vitest";
import { tagAt } from "../support/fixtures.ts";
import { idle } from "./fakeClock.ts";
import { event, live, open, type Shown } from "./shown.ts";

const changed = (seq: number, of: number, v: number, now?: object) => ({
  ...{ seq, n: 2, tag: tagAt(seq), prev: tagAt(seq - 1), from: "bob", cid: `x-${seq}` },
  ...{ kind: "changed", of, v, sentAtMs: seq, ...(now && { now: { ...event(of), v, ...now } }) },
});
const push = ({ receive }: Pick<Shown, "receive">, ...events: object[]) =>
  receive({ type: "events", room: "general", events });

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
    const here = await live();
    const room = here.chat.room("general");
    void room.open();
    await idle();
    await here.answer("history", { type: "history", events: [event(2)], more: true });
    const older = room.older();
    await idle();
    await push(here, changed(3, 1, 2, { text: "edited" }));
    await here.answer("history", { type: "history", events: [event(1)], more: false });
    await older;
    expect(room.snapshot.messages[0]).toMatchObject({ seq: 1, text: "edited", v: 2 });
  });
});

it("edits and deletes by position", async () => {
  const here = await open();
  const editing = here.room.edit(1, "hello", { v: 1 });
  await idle();
  const asked = { action: "edit", room: "general", seq: 1, text: "hello", v: 1, cid: "my-1" };
  expect(here.sockets.last().sent.at(-1)).toMatchObject(asked);
  await here.answer("edit", { type: "edited", seq: 1, v: 2 });
  await editing;
  const deleting = expect(here.room.delete(1)).rejects.toMatchObject({ code: "forbidden" });
  await idle();
  const refused = { code: "forbidden", message: "unable to delete; no", retryable: false };
  await here.answer("delete", { type: "error", ...refused });
  await deleting;
});
