/** Threads: replies to a message, what the message says of them, and what kills and races leave. */
import { describe, expect, it } from "vitest";
import { announceChanges } from "../../lib/actions/messages/announceChanges.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent, MessageEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { logEvent } from "../support/fixtures.ts";
import { ask, codeOf, type Fields, led } from "../support/ledRoom.ts";
import { behindOnce } from "../support/world.ts";

/** A led room in which carol, a member, has said what others reply to. */
async function said(fields: Fields = {}) {
  const scene = await led();
  const { here, room, alice, bob, carol } = scene;
  const { seq: sent } = await ask(here, carol, "send", { room, text: "lunch?", ...fields });
  const root = Number(sent);
  let streamed = root;
  const reply = async (text: string, by = bob, more: Fields = {}) =>
    Number((await ask(here, by, "send", { room, text, thread: root, ...more }))["seq"]);
  const remove = (seq: number, by = bob) => ask(here, by, "delete", { room, seq });
  const page = (by = alice, more: Fields = {}) =>
    ask(here, by, "thread", { room, seq: root, ...more }) as Promise<
      ServerFrame<"thread"> & Fields
    >;
  const texts = async (more: Fields = {}) => (await page(alice, more)).events.map((e) => e.text);
  const allSince = (after: number) =>
    here.ports.log.list(room, { after, limit: 2_000, order: "oldest first" });
  /** What the stream brings: replies that were put, or changed, since it was last read. */
  const stream = async (...again: LogEvent[]) => {
    const events = [...(await allSince(streamed)), ...again];
    streamed = events.at(-1)?.seq ?? streamed;
    const changed = events.flatMap((event) => (event.kind === "changed" ? [event.of] : []));
    const touched = [...events, ...(await here.ports.log.findAll(room, changed))].filter(
      (event) => event.kind === "message" && typeof event.thread === "number",
    );
    const failed = await announceChanges(
      touched.map((event) => ({ room, event })),
      here.ports,
    );
    return failed;
  };
  const now = async () => {
    const { events } = await ask(here, alice, "events", { room, seqs: [root] });
    return (events as MessageEvent[])[0];
  };
  const changes = async () =>
    (await allSince(root)).filter((event) => event.kind === "changed" && event.of === root);
  for (const one of [alice, bob, carol]) here.received(one);
  return { ...scene, root, reply, remove, page, texts, stream, now, changes };
}

describe("send with thread", () => {
  it("shows the reply on a page of the thread when it is acked", async () => {
    const { here, room, root, alice, reply, page } = await said();
    const seq = await reply("yes", alice, { inRoom: true });
    const { type, events, more } = await page();
    expect({ type, more }).toEqual({ type: "thread", more: false });
    expect(events).toMatchObject([{ seq, text: "yes", thread: root, inRoom: true }]);
    const history = await ask(here, alice, "history", { room, limit: 1 });
    expect(history["events"]).toEqual(events);
  });

  it("refuses a root that is no message, a reply, or hidden from the sender", async () => {
    const { here, room, alice, root, reply, bob } = await said();
    const seq = await reply("yes");
    for (const thread of [1_000, seq, root - 1]) {
      const refused = await ask(here, bob, "send", { room, text: "x", thread });
      expect(codeOf(refused), String(thread)).toBe("bad_request");
    }
    await ask(here, alice, "configure", { room, history: "since_join" });
    await ask(here, alice, "invite", { room, user: "mallory" });
    const mallory = await here.as("mallory");
    await ask(here, mallory, "join", { room });
    expect(codeOf(await ask(here, mallory, "send", { room, text: "x", thread: root }))).toBe(
      "bad_request",
    );
    expect(codeOf(await ask(here, mallory, "thread", { room, seq: root }))).toBe("bad_request");
  });

  it("is the same message only with the same root", async () => {
    const { here, room, bob, root, reply, page } = await said();
    const first = await reply("yes", bob, { cid: "c-1" });
    expect(await reply("yes", bob, { cid: "c-1" })).toBe(first);
    const other = await ask(here, bob, "send", { room, text: "yes", cid: "c-1" });
    expect(codeOf(other)).toBe("bad_request");
    expect((await page()).events.map(({ seq }) => seq)).toEqual([first]);
    expect(root).toBeLessThan(first);
  });

  it("lists a reply whose request died before it was noted, once it is sent again", async () => {
    const { here, reply, bob, texts } = await said();
    const { put } = here.ports.replies;
    here.ports.replies.put = async () => {
      throw new Error("killed");
    };
    await expect(reply("yes", bob, { cid: "c-1" })).rejects.toThrow("killed");
    here.ports.replies.put = put;
    expect(await texts()).toEqual([]);
    await reply("yes", bob, { cid: "c-1" });
    expect(await texts()).toEqual(["yes"]);
  });
});

describe("a thread's root", () => {
  it("says how many replies there are and which is the last, and has changed", async () => {
    const { here, alice, root, reply, stream, now } = await said();
    await reply("yes");
    const lastSeq = await reply("no", alice);
    here.received(alice);
    expect(await stream()).toEqual(new Set());
    const thread = { replies: 2, lastSeq };
    expect(await now()).toMatchObject({ seq: root, v: 2, text: "lunch?", thread });
    const changed = { kind: "changed", of: root, v: 2, now: { seq: root, thread } };
    expect(here.received(alice)).toMatchObject([{ type: "events", events: [changed] }]);
  });

  it("counts once for many replies, and not at all when they come again (promise 15)", async () => {
    const { reply, stream, now, changes } = await said();
    const last = [];
    for (let n = 0; n < 8; n += 1) last.push(await reply(`reply ${n}`));
    await stream();
    expect(await changes()).toHaveLength(1);
    await stream(logEvent(last[3] ?? 0, { thread: 1 }));
    expect(await changes()).toHaveLength(1);
    expect(await now()).toMatchObject({ thread: { replies: 8, lastSeq: last.at(-1) } });
  });

  it("has one reply less when one is deleted, and no thread without replies", async () => {
    const { reply, remove, stream, now, page } = await said();
    const [first, second] = [await reply("yes"), await reply("no")];
    await stream();
    await remove(second);
    await stream();
    expect(await now()).toMatchObject({ thread: { replies: 1, lastSeq: first } });
    const { events } = await page();
    expect(events).toMatchObject([{ text: "yes" }, { seq: second, deleted: { by: "author" } }]);
    await remove(first);
    await stream();
    expect((await now())?.thread).toBeUndefined();
  });

  it("counts a reply that its sender's request never noted (promise 15)", async () => {
    const { here, reply, stream, now, texts } = await said();
    const { put } = here.ports.replies;
    here.ports.replies.put = async () => {
      throw new Error("killed");
    };
    await expect(reply("yes")).rejects.toThrow("killed");
    here.ports.replies.put = put;
    await stream();
    expect(await now()).toMatchObject({ thread: { replies: 1 } });
    expect(await texts()).toEqual(["yes"]);
  });

  it("counts right while the message is edited", async () => {
    const { here, room, root, carol, reply, stream, now } = await said();
    await reply("yes");
    behindOnce(here.ports.replies, "list", () =>
      ask(here, carol, "edit", { room, seq: root, text: "dinner?" }),
    );
    await stream();
    expect(await now()).toMatchObject({ text: "dinner?", thread: { replies: 1 } });
  });

  it("keeps its thread when it is deleted, and takes further replies", async () => {
    const { root, carol, bob, reply, remove, stream, now, page } = await said();
    await reply("yes");
    await stream();
    await remove(root, carol);
    const last = await reply("still here", bob);
    await stream();
    const thread = { replies: 2, lastSeq: last };
    expect(await now()).toMatchObject({ deleted: { by: "author" }, thread });
    expect((await page()).events).toHaveLength(2);
  });

  it("is repeated when the stream's function fails", async () => {
    const { here, room, reply, stream, now } = await said();
    const seq = await reply("yes");
    const { list } = here.ports.replies;
    here.ports.replies.list = async () => {
      throw new Error("killed");
    };
    expect(await stream()).toEqual(new Set([room]));
    here.ports.replies.list = list;
    const event = (await here.ports.log.find(room, seq)) as LogEvent;
    await stream(event);
    expect(await now()).toMatchObject({ thread: { replies: 1, lastSeq: seq } });
  });
});

describe("thread", () => {
  it("pages through the replies in both directions", async () => {
    const { reply, page, texts } = await said();
    const seqs = [];
    for (const text of ["a", "b", "c", "d"]) seqs.push(await reply(text));
    expect(await texts({ limit: 2 })).toEqual(["c", "d"]);
    expect(await texts({ limit: 2, before: seqs[2] })).toEqual(["a", "b"]);
    expect(await texts({ limit: 2, after: 0 })).toEqual(["a", "b"]);
    expect(await texts({ limit: 2, after: seqs[1] })).toEqual(["c", "d"]);
    expect((await page(undefined, { limit: 2 })).more).toBe(true);
    expect((await page(undefined, { limit: 2, before: seqs[2] })).more).toBe(false);
    expect((await page(undefined, { limit: 3, after: 0 })).more).toBe(true);
    expect((await page(undefined, { after: seqs[3] })).events).toEqual([]);
  });

  it("cuts a page of large replies where its frame is full", async () => {
    const { here, bob, reply, page, texts } = await said();
    for (const text of ["a", "b", "c"]) {
      await reply(text.repeat(4) + "😀".repeat(limits.textCharacters - 4), bob);
      here.pass(limits.senderWindowMs);
    }
    const { events, more } = await page();
    expect(events.map(({ text }) => text?.[0])).toEqual(["c"]);
    expect(more).toBe(true);
    expect((await texts({ after: 0 })).map((text) => text?.[0])).toEqual(["a"]);
  });

  it("is of a message that is there, and no reply", async () => {
    const { here, room, alice, reply, mallory, root } = await said();
    const seq = await reply("yes");
    for (const one of [seq, 1_000]) {
      expect(codeOf(await ask(here, alice, "thread", { room, seq: one }))).toBe("bad_request");
    }
    expect(codeOf(await ask(here, mallory, "thread", { room, seq: root }))).toBe("not_member");
  });

  it("tells followers how many replies of others they have not read, and nobody else", async () => {
    const { here, room, alice, bob, carol, reply, remove, stream, page } = await said();
    const unread = async (by: typeof alice) => (await page(by)).unread;
    await reply("yes", bob);
    const mentioning = await reply("and you?", bob, { mentions: ["alice"] });
    await stream();
    await reply("no", carol);
    expect(await unread(carol)).toBe(2); // it is her thread
    expect(await unread(bob)).toBe(1); // who replied
    expect(await unread(alice)).toBe(3); // who was mentioned
    await ask(here, alice, "read", { room, seq: mentioning });
    expect(await unread(alice)).toBe(1);
    const last = await reply("oh", bob);
    await stream();
    expect(await unread(alice)).toBe(2);
    await remove(last);
    await stream();
    expect(await unread(alice)).toBe(1);
    await ask(here, alice, "invite", { room, user: "dave" });
    const dave = await here.as("dave");
    await ask(here, dave, "join", { room });
    expect(await unread(dave)).toBeUndefined();
  });
});
