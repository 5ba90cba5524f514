/** Threads: what a program sends into them and reads of them. */
import { describe, expect, it } from "vitest";
import { thread } from "../../client/messageActions.ts";
import { idle } from "./fakeClock.ts";
import { event, live, open } from "./shown.ts";

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
    const code = { type: "error", code: "bad_request", message: "no", retryable: false };
    await here.answer("send", code);
    const failed = here.room.snapshot.messages.at(-1);
    expect(failed).toMatchObject({ ...reply, status: "failed" });
    void here.room.retry(failed?.cid ?? "");
    await idle();
    expect(here.sockets.last().sent.at(-1)).toMatchObject({ action: "send", ...reply });
  });

  it("is read backwards, page by page", async () => {
    const here = await live();
    const pages = thread(here.chat.room("general"), 1);
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
