/** What becomes of a message that is sent (promises 1 and 3, the client's half). */
import { describe, expect, it } from "vitest";
import * as limits from "../../client/limits.ts";
import { logEvent, tagsAt } from "../support/fixtures.ts";
import { idle } from "./fakeClock.ts";
import { following, pushed, refusal, scripted, synced } from "./scripted.ts";

const ackOf = (request: Readonly<Record<string, unknown>>, seq: number) => ({
  type: "ack",
  room: "general",
  seq,
  n: seq,
  ...tagsAt(seq),
  cid: request["cid"],
  sentAtMs: 7,
});

describe("a message", () => {
  it("is sent with its cid and the cursor, and handed out where its ack says", async () => {
    const { room, asked, answer, receive, applied } = await following(5);
    const sending = room.send(" hi ");
    await idle();
    const request = asked("send");
    expect(request).toEqual({
      action: "send",
      id: request["id"],
      room: "general",
      text: "hi",
      cid: "my-1",
      after: 5, // whose tag is not known
    });
    await answer(request, ackOf(request, 7));
    expect(await sending).toEqual({ room: "general", seq: 7, n: 7, cid: "my-1", sentAtMs: 7 });
    expect(applied).toEqual([]);
    await receive(pushed(6));
    expect(applied).toEqual(["6 message 6", "7 hi"]);
  });

  it("is handed out once, also when its event comes as well", async () => {
    const { room, asked, answer, receive, applied } = await following();
    const sending = room.send("hi");
    await idle();
    const request = asked("send");
    const own = logEvent(1, { text: "hi", cid: "my-1" });
    await receive({ type: "events", room: "general", events: [own] });
    expect(await sending).toMatchObject({ seq: 1 });
    await answer(request, ackOf(request, 1));
    expect(applied).toEqual(["1 hi"]);
  });

  it("gives way to the next one when its event has come and its ack has not", async () => {
    const { room, asked, receive } = await following();
    for (const text of ["one", "two"]) room.send(text).catch(() => {});
    await idle();
    const own = logEvent(1, { text: "one", cid: "my-1" });
    await receive({ type: "events", room: "general", events: [own] });
    expect(asked("send")).toMatchObject({ text: "two", after: 1 });
  });

  it("is taken for stored only when it comes from me", async () => {
    const { room, receive, allAsked, clock } = await following();
    void room.send("hi").catch(() => {});
    await idle();
    const other = logEvent(1, { from: "bob", cid: "my-1" });
    await receive({ type: "events", room: "general", events: [other] });
    await clock.pass(limits.replyMs + limits.backoffMs);
    expect(allAsked("send")).toHaveLength(2);
  });

  it("waits for the one before it, and for the room to be synced", async () => {
    const { client, asked, allAsked, answer, welcome } = scripted();
    const room = client.follow("general");
    const sending = [room.send("one"), room.send("two")];
    client.connect();
    await idle();
    await welcome();
    expect(allAsked("send")).toEqual([]);
    await answer(asked("sync"), synced(0));
    expect(allAsked("send")).toMatchObject([{ text: "one" }]);
    await answer(asked("send"), ackOf(asked("send"), 1));
    expect(allAsked("send")).toMatchObject([{ text: "one" }, { text: "two", after: 1 }]);
    await answer(asked("send"), ackOf(asked("send"), 2));
    expect(await Promise.all(sending)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });

  it("waits for the last page of a sync", async () => {
    const { client, asked, allAsked, answer, welcome } = scripted();
    const room = client.follow("general");
    void room.send("one").catch(() => {});
    client.connect();
    await idle();
    await welcome();
    await answer(asked("sync"), synced(2, [logEvent(1)], false));
    expect(allAsked("send")).toEqual([]);
    await answer(asked("sync"), synced(2, [logEvent(2)]));
    expect(allAsked("send")).toMatchObject([{ text: "one", after: 2 }]);
  });

  it("is sent again on the next connection, unless the sync shows it", async () => {
    const { room, sockets, clock, welcome, asked, allAsked, answer, applied } = await following();
    const sending = [room.send("one"), room.send("two")];
    await idle();
    sockets.last().drop();
    await clock.pass(limits.backoffMs);
    await welcome();
    await answer(asked("sync"), synced(1, [logEvent(1, { cid: "my-1", text: "one" })]));
    expect(allAsked("send")).toMatchObject([{ cid: "my-2", after: 1 }]);
    await answer(asked("send"), ackOf(asked("send"), 2));
    expect(await Promise.all(sending)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
    expect(applied).toEqual(["1 one", "2 two"]);
  });

  it("that was kept over a restart is not sent again if the sync shows it", async () => {
    const { client, asked, allAsked, answer, welcome, clock } = scripted();
    const room = client.follow("general", { after: 4 });
    const sending = ["one", "two"].map((text) => room.send(text, { cid: `kept-${text}` }));
    client.connect();
    await clock.pass(0);
    await welcome();
    await answer(asked("sync"), synced(5, [logEvent(5, { cid: "kept-one", text: "one" })]));
    expect(allAsked("send")).toMatchObject([{ cid: "kept-two", after: 5 }]);
    await answer(asked("send"), ackOf(asked("send"), 6));
    expect(await Promise.all(sending)).toMatchObject([{ seq: 5 }, { seq: 6 }]);
  });

  it("is sent again with the same cid after a refusal that may pass", async () => {
    const { room, clock, asked, allAsked, answer } = await following();
    const sending = room.send("hi");
    await idle();
    const wait = { retryable: true, retryAfterMs: 2_400 };
    await answer(asked("send"), refusal("rate_limited", wait));
    await clock.pass(2_899);
    expect(allAsked("send")).toHaveLength(1);
    await clock.pass(1);
    await answer(asked("send"), refusal("unavailable", { retryable: true }));
    await clock.pass(1_000);
    expect(allAsked("send").map(({ cid }) => cid)).toEqual(["my-1", "my-1", "my-1"]);
    await answer(asked("send"), ackOf(asked("send"), 1));
    expect(await sending).toMatchObject({ seq: 1 });
  });

  it("is not given up however often it is asked to wait: a wait is no failure", async () => {
    const { room, clock, asked, allAsked, answer } = await following();
    const sending = room.send("hi");
    await idle();
    const wait = { retryable: true, retryAfterMs: 100 };
    for (let waits = 1; waits <= 2 * limits.attempts; waits += 1) {
      const refusedAtMs = clock.nowMs();
      await answer(asked("send"), refusal("rate_limited", wait));
      while (allAsked("send").length === waits) await clock.next();
      expect(clock.nowMs() - refusedAtMs).toBeGreaterThan(wait.retryAfterMs);
    }
    await answer(asked("send"), ackOf(asked("send"), 1));
    expect(await sending).toMatchObject({ seq: 1 });
  });

  it("is sent again with the new cursor after sync_first, unless the sync shows it", async () => {
    const { room, asked, allAsked, answer } = await following();
    const sending = room.send("hi");
    await idle();
    await answer(asked("send"), refusal("sync_first"));
    expect(allAsked("sync")).toHaveLength(2);
    await answer(asked("sync"), synced(2, [logEvent(1), logEvent(2)]));
    expect(asked("send")).toMatchObject({ cid: "my-1", after: 2 });
    await answer(asked("send"), refusal("sync_first"));
    await answer(asked("sync"), synced(3, [logEvent(3, { cid: "my-1", text: "hi" })]));
    expect(await sending).toMatchObject({ seq: 3 });
    expect(allAsked("send")).toHaveLength(2);
  });

  it("is rejected with what the service says against it, and the next one is sent", async () => {
    const { room, asked, answer } = await following();
    const refused = expect(room.send("")).rejects.toMatchObject({ code: "bad_request" });
    void room.send("hi");
    await idle();
    await answer(asked("send"), refusal("bad_request"));
    await refused;
    expect(asked("send")).toMatchObject({ text: "hi" });
  });

  it("is refused at once where no frame holds it, which would end every connection", async () => {
    const { room, sockets, asked } = await following();
    const text = "é".repeat(limits.frameBytes / 2);
    await expect(room.send(text)).rejects.toMatchObject({ code: "too_large" });
    void room.send("hi");
    await idle();
    expect(asked("send")).toMatchObject({ text: "hi" });
    expect(sockets.all).toHaveLength(1);
  });

  it("is given up after so many attempts, on however many connections", async () => {
    const { room, sockets, clock, welcome, asked, answer } = await following();
    const refused = expect(room.send("poison")).rejects.toMatchObject({ code: "gave_up" });
    for (let i = 0; i < limits.attempts; i += 1) {
      await idle();
      sockets.last().drop();
      await clock.pass(limits.backoffMs);
      await welcome();
      await answer(asked("sync"), synced(0));
    }
    await refused;
    expect(sockets.all).toHaveLength(limits.attempts + 1);
  });

  it("is rejected when the client is closed", async () => {
    const { client, room, allAsked } = await following();
    const refused = expect(room.send("hi")).rejects.toMatchObject({ code: "closed" });
    await idle();
    client.close();
    await refused;
    expect(allAsked("send")).toHaveLength(1);
  });
});
