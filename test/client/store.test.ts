/** What a chat keeps over a reload, and what becomes of it when the store fails. */
import { describe, expect, it } from "vitest";
import type { ChatOptions, ChatRoom } from "../../client/index.ts";
import * as limits from "../../client/limits.ts";
import { storeOn } from "../../client/storeOn.ts";
import { tagAt } from "../support/fixtures.ts";
import { fakeClock, idle } from "./fakeClock.ts";
import { type FaultyTables, faultyTables } from "./faultyTables.ts";
import { event, general, inStep, shown } from "./shown.ts";

/** A run of the program, with everything restored. */
async function started(disk: FaultyTables, options: Partial<ChatOptions> = {}) {
  const clock = fakeClock();
  const { tables, stop } = disk.run();
  const here = shown({ ...options, clock, store: storeOn(tables, clock) });
  const problems: string[] = [];
  here.chat.on("problem", ({ error }) => problems.push(error.code));
  await idle();
  return { ...here, room: here.chat.room("general"), problems, stop };
}
type Run = Awaited<ReturnType<typeof started>>;

async function connect(here: Run) {
  void here.chat.connect().catch(() => {});
  await here.welcome();
}

const page = { type: "history", events: [event(1), event(2)], more: false };

/** Live in `general`, with two messages of Bob's. */
async function opened(disk: FaultyTables) {
  const here = await started(disk);
  await connect(here);
  void here.room.open();
  await idle();
  await here.answer("history", page);
  await inStep(here, 2);
  return here;
}

async function refused(here: Run, code: string) {
  await here.answer("send", { type: "error", code, message: "no", retryable: false });
}

async function acked(here: Run, seq: number, cid: string) {
  const tags = { tag: tagAt(seq), prev: tagAt(seq - 1) };
  await here.answer("send", { type: "ack", seq, n: seq, ...tags, cid, sentAtMs: seq });
}

const texts = ({ snapshot }: ChatRoom) =>
  snapshot.messages.map(({ text, status }) => `${text}: ${status}`);
const outbox = (disk: FaultyTables) => [...disk.held.keys()].filter((id) => /^outbox/.test(id));

describe("a chat with a store, started again", () => {
  it("shows rooms, newest messages and what is on its way before it connects", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    void before.room.send("hi");
    await idle();
    before.stop();
    const here = await started(disk);
    void here.room.open();
    await idle();
    expect(here.sockets.all).toHaveLength(0);
    expect(here.chat.snapshot).toMatchObject({
      connection: { state: "idle", user: "alice" },
      ...{ rooms: [{ room: "general", seq: 2, unread: 1 }], unread: 1 },
    });
    expect(here.room.snapshot).toMatchObject({ state: "opening", hasOlder: false });
    expect(texts(here.room)).toEqual(["message 1: sent", "message 2: sent", "hi: sending"]);
  });

  it("shows the log's newest page in place of the store's when that has come", async () => {
    const disk = faultyTables();
    (await opened(disk)).stop();
    const here = await started(disk);
    void here.room.open();
    await connect(here);
    const events = [event(61), event(62)];
    await here.answer("history", { type: "history", events, more: true });
    expect(texts(here.room)).toEqual(["message 61: sent", "message 62: sent"]);
    expect(here.room.snapshot.hasOlder).toBe(true);
  });

  it("sends what was on its way, in order and under its names, ahead of what is new", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    for (const text of ["one", "two"]) void before.room.send(text);
    await idle();
    before.stop();
    const here = await started(disk, { newCid: () => "new" });
    void here.room.send("three");
    const waiting = ["one: sending", "two: sending", "three: sending"];
    expect(texts(here.room).slice(2)).toEqual(waiting);
    await connect(here);
    await here.answer("history", page);
    await inStep(here, 2);
    for (const [seq, cid] of [
      [3, "my-1"],
      [4, "my-2"],
      [5, "new"],
    ] as const) {
      const sent = here.sockets.last().sent.filter(({ action }) => action === "send");
      expect(sent.at(-1)).toMatchObject({ cid });
      await acked(here, seq, cid);
    }
    expect(texts(here.room).slice(2)).toEqual(["one: sent", "two: sent", "three: sent"]);
    expect(outbox(disk)).toEqual([]);
  });

  it("keeps the order of what is written before the store has answered", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    void before.room.send("one");
    await idle();
    before.stop();
    const here = shown({ store: storeOn(disk.run().tables), newCid: () => "new" });
    void here.chat.room("general").send("two");
    await idle();
    expect(texts(here.chat.room("general")).slice(2)).toEqual(["one: sending", "two: sending"]);
  });

  it("keeps the order also when a listener sends while it is restored", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    void before.room.send("one");
    await idle();
    before.stop();
    const cids = ["new-1", "new-2"];
    const newCid = () => `${cids.shift()}`;
    const { chat } = shown({ store: storeOn(disk.run().tables), newCid });
    const room = chat.room("general");
    void room.send("two");
    const stop = chat.subscribe(() => {
      stop();
      void room.send("three");
    });
    await idle();
    expect(texts(room).slice(2)).toEqual(["one: sending", "two: sending", "three: sending"]);
  });

  it("needs nobody to wait for a message that is sent before it is restored", async () => {
    const { chat } = shown({ store: storeOn(faultyTables().run().tables) });
    const room = chat.room("general");
    void room.send("hi"); // nobody waits for it, so a rejection must not surface either
    chat.close();
    await idle();
    expect(texts(room)).toEqual(["hi: failed"]);
  });

  it("asks the log for what came behind the cursor of then before it sends again", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    void before.room.send("hi");
    await idle();
    before.stop();
    const here = await started(disk);
    await connect(here);
    const events = [event(60), event(61)];
    await here.answer("history", { type: "history", events, more: true });
    const sync = here.sockets.last().sent.at(-1);
    expect(sync).toMatchObject({ rooms: { general: 2 }, tags: { general: tagAt(2) } });
    const mine = event(3, { from: "alice", cid: "my-1", text: "hi" });
    const others = Array.from({ length: 58 }, (_, i) => event(i + 4));
    const all = { room: "general", events: [mine, ...others], seq: 61, n: 61, complete: true };
    await here.answer("sync", { type: "sync", rooms: [all], later: [] });
    expect(here.count("send")).toBe(0);
    expect(texts(here.room)).toEqual(["message 60: sent", "message 61: sent"]);
    expect(outbox(disk)).toEqual([]);
  });

  it("shows a refused message as failed, until it is sent again or discarded", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    void before.room.send("hi").catch(() => {});
    await idle();
    await refused(before, "muted");
    before.stop();
    const here = await started(disk);
    expect(here.room.snapshot.messages).toMatchObject([
      { text: "hi", status: "failed", error: { code: "muted" } },
    ]);
    here.room.discard("my-1");
    await idle();
    expect(texts((await started(disk)).room)).toEqual([]);
  });

  it("has a room's draft", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    for (const draft of ["h", "he", "hey"]) before.room.draft = draft;
    await idle();
    expect((await started(disk)).room.draft).toBe("hey");
    before.room.draft = "";
    await idle();
    expect((await started(disk)).room.draft).toBe("");
  });

  it("sends what a closed chat left, and not what a closed room gave up", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    void before.room.send("given up").catch(() => {});
    await idle();
    before.room.close();
    await idle();
    expect(outbox(disk)).toEqual([]);
    void before.room.send("left").catch(() => {});
    before.chat.close();
    await idle();
    expect(texts((await started(disk)).room).slice(2)).toEqual(["left: sending"]);
  });

  it("has nothing of a room that I left on another device", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    before.room.draft = "hey";
    await before.receive({ type: "left", room: "general", user: "alice" });
    expect([...disk.held.keys()]).toEqual(["user me"]);
  });

  it("fails with `forbidden` and sends nothing when its token is another user's", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    void before.room.send("hi");
    await idle();
    before.stop();
    const here = await started(disk);
    void here.chat.connect().catch(() => {});
    await idle();
    here.sockets.last().open();
    await idle();
    const welcome = { type: "welcome", user: "mallory", rooms: [], more: false };
    await here.answer("hello", welcome);
    expect(here.chat.snapshot.connection).toMatchObject({
      ...{ state: "failed", reason: { code: "forbidden" } },
    });
    expect(here.count("send")).toBe(0);
    expect(outbox(disk)).toEqual(["outbox my-1"]);
  });

  it("has forgotten everything after signing out", async () => {
    const disk = faultyTables();
    const before = await opened(disk);
    before.room.draft = "hey";
    void before.room.send("hi").catch(() => {});
    await before.chat.forget();
    await idle();
    expect(disk.held.size).toBe(0);
    expect((await started(disk)).chat.snapshot.rooms).toEqual([]);
  });
});

describe("a store that fails", () => {
  it("is told of once, and the chat goes on without it", async () => {
    const disk = faultyTables();
    const here = await opened(disk);
    disk.fate = ({ isDelete }) => (isDelete ? "survives" : "fails");
    const sent = here.room.send("hi");
    here.room.draft = "hey";
    await idle();
    expect(here.problems).toEqual(["store_failed"]);
    await acked(here, 3, "my-1");
    expect(await sent).toMatchObject({ seq: 3 });
    expect(here.room.draft).toBe("hey");
    expect(here.problems).toHaveLength(1);
  });

  it("is still asked to delete what is settled, as a full disk can", async () => {
    const disk = faultyTables();
    const here = await opened(disk);
    void here.room.send("hi");
    await idle();
    disk.fate = ({ isDelete }) => (isDelete ? "survives" : "fails");
    here.room.draft = "hey";
    await idle();
    expect(here.problems).toEqual(["store_failed"]);
    await acked(here, 3, "my-1");
    expect(outbox(disk)).toEqual([]);
  });

  it("keeps nobody from connecting when it cannot be read, or does not answer", async () => {
    const disk = faultyTables();
    const clock = fakeClock();
    const { tables } = disk.run();
    tables.list = () => new Promise(() => {});
    const here = shown({ clock, store: storeOn(tables, clock) });
    const problems: string[] = [];
    here.chat.on("problem", ({ error }) => problems.push(error.code));
    void here.chat.connect();
    await clock.pass(limits.storeMs - 1);
    expect(here.sockets.all).toHaveLength(0);
    await clock.pass(1);
    await here.welcome([general]);
    expect(here.chat.snapshot.connection.state).toBe("live");
    expect(problems).toEqual(["store_failed"]);
  });

  it("makes no connection of a chat that was closed while it was read", async () => {
    const here = shown({ store: storeOn(faultyTables().run().tables) });
    const connecting = here.chat.connect();
    here.chat.close();
    await expect(connecting).rejects.toMatchObject({ code: "closed" });
    await idle();
    expect(here.sockets.all).toHaveLength(0);
  });

  it("is said not to have forgotten, when it could not", async () => {
    const disk = faultyTables();
    const here = await opened(disk);
    disk.fate = () => "fails";
    await expect(here.chat.forget()).rejects.toMatchObject({ code: "store_failed" });
  });
});
