/** Messages that are edited and deleted: who may, who wins, and what everybody reads of it. */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { ask, codeOf, type Fields, led } from "../support/ledRoom.ts";
import { behindOnce, world } from "../support/world.ts";

/** A led room in which carol, a member, has sent the last message. */
async function said() {
  const scene = await led();
  const { here, room, alice, bob, carol } = scene;
  const ack = await ask(here, carol, "send", { room, text: "helo", cid: "c-1" });
  const seq = Number(ack["seq"]);
  for (const one of [alice, bob, carol]) here.received(one);
  const edit = (fields: Fields, by = carol) => ask(here, by, "edit", { room, seq, ...fields });
  const remove = (by = carol) => ask(here, by, "delete", { room, seq });
  const events = async (by = alice) =>
    (await ask(here, by, "events", { room, seqs: [seq] }))["events"] as LogEvent[];
  const now = async () => (await events())[0];
  const changes = async () => {
    const log = await here.ports.log.list(room, { after: seq, limit: 100, order: "oldest first" });
    return log.filter(({ kind }) => kind === "changed");
  };
  return { ...scene, seq, ack, edit, remove, events, now, changes };
}

describe("edit", () => {
  it("changes the message in its place, and tells who hears the room what it is now", async () => {
    const { here, alice, carol, room, seq, edit, now } = await said();
    expect(await edit({ text: "hello" })).toEqual({ type: "edited", room, seq, v: 2 });
    expect(await now()).toMatchObject({ seq, kind: "message", text: "hello", v: 2 });
    for (const one of [alice, carol]) {
      const [pushed, ...more] = here.received(one);
      expect(more).toEqual([]);
      const event = { seq: seq + 1, n: 1, kind: "changed", of: seq, v: 2, from: "carol" };
      expect(pushed).toMatchObject({
        type: "events",
        room,
        events: [{ ...event, now: await now() }],
      });
    }
  });

  it("is the author's alone, and nobody's once the message is deleted", async () => {
    const { alice, bob, mallory, edit, remove, now } = await said();
    for (const other of [alice, bob]) {
      expect(codeOf(await edit({ text: "no" }, other))).toBe("forbidden");
    }
    expect(codeOf(await edit({ text: "no" }, mallory))).toBe("not_member");
    await remove();
    expect(codeOf(await edit({ text: "back" }))).toBe("deleted");
    expect(await now()).not.toHaveProperty("text");
  });

  it("is refused to who is muted, banned or gone, and in a closed room", async () => {
    const { here, alice, room, edit, now } = await said();
    await ask(here, alice, "mute", { room, user: "carol", forMs: 60_000 });
    expect(await edit({ text: "no" })).toMatchObject({ code: "muted", retryAfterMs: 60_000 });
    await ask(here, alice, "mute", { room, user: "carol", forMs: 0 });
    await ask(here, alice, "close", { room });
    expect(codeOf(await edit({ text: "no" }))).toBe("closed");
    await ask(here, alice, "reopen", { room });
    await ask(here, alice, "ban", { room, user: "carol" });
    expect(codeOf(await edit({ text: "no" }))).toBe("not_member");
    expect(await now()).toMatchObject({ text: "helo" });
  });

  it("with a version is refused when the message is at another, which it then says", async () => {
    const { edit, now } = await said();
    expect(await edit({ text: "second", v: 1 })).toMatchObject({ v: 2 });
    const refused = await edit({ text: "third", v: 1 });
    expect(refused).toMatchObject({ code: "conflict", now: { v: 2, text: "second" } });
    expect(await edit({ text: "third", v: 2 })).toMatchObject({ v: 3 });
    expect(await edit({ text: "last one wins" })).toMatchObject({ v: 4 });
    expect(await now()).toMatchObject({ v: 4, text: "last one wins" });
  });

  it("sent again is answered with the version it made, and overwrites no later edit", async () => {
    const { edit, now, changes } = await said();
    const first = { text: "one", cid: "e-1", v: 1 };
    expect(await edit(first)).toMatchObject({ v: 2 });
    expect(await edit({ text: "two", cid: "e-2" })).toMatchObject({ v: 3 });
    expect(await edit(first)).toMatchObject({ type: "edited", v: 2 });
    expect(await now()).toMatchObject({ v: 3, text: "two" });
    expect(await changes()).toHaveLength(2);
  });

  it("remembers the last eight edits", async () => {
    const { edit, now } = await said();
    for (let n = 0; n <= limits.editsKept; n += 1) await edit({ text: `e${n}`, cid: `e-${n}` });
    expect(await edit({ text: "e1", cid: "e-1" })).toMatchObject({ v: 3 });
    expect(await now()).toMatchObject({ text: "e8", v: 10 });
  });

  it("is decided anew when another edit was quicker", async () => {
    const { here, edit, now } = await said();
    behindOnce(here.ports.log, "findChangeable", () => edit({ text: "quicker", cid: "e-1" }));
    expect(await edit({ text: "later", cid: "e-2" })).toMatchObject({ v: 3 });
    expect(await now()).toMatchObject({ text: "later" });
  });

  it("of what is no message, or is not there, is a bad request", async () => {
    const { here, alice, carol, room, seq } = await said();
    for (const other of [seq - 1, seq + 7]) {
      for (const action of ["edit", "delete"] as const) {
        const by = action === "edit" ? carol : alice;
        expect(codeOf(await ask(here, by, action, { room, seq: other, text: "?" }))).toBe(
          "bad_request",
        );
      }
    }
  });

  it("is announced by a retry when its request died before it said so", async () => {
    const { here, edit, changes } = await said();
    const { put } = here.ports.log;
    here.ports.log.put = async () => {
      throw new Error("killed");
    };
    await expect(edit({ text: "hello", cid: "e-1" })).rejects.toThrow("killed");
    here.ports.log.put = put;
    expect(await changes()).toEqual([]);
    expect(await edit({ text: "hello", cid: "e-1" })).toMatchObject({ v: 2 });
    expect(await changes()).toMatchObject([{ v: 2 }]);
  });

  it("works in a direct room, for its author", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    const { room, seq } = await ask(here, alice, "send", { to: "bob", text: "hi" });
    expect(codeOf(await ask(here, bob, "edit", { room, seq, text: "no" }))).toBe("forbidden");
    expect(codeOf(await ask(here, bob, "delete", { room, seq }))).toBe("forbidden");
    expect(await ask(here, alice, "edit", { room, seq, text: "hi!" })).toMatchObject({ v: 2 });
    expect(here.received(bob).at(-1)).toMatchObject({ events: [{ now: { text: "hi!", v: 2 } }] });
    expect(await ask(here, alice, "delete", { room, seq })).toMatchObject({ v: 3 });
    const mallory = await here.as("mallory");
    expect(codeOf(await ask(here, mallory, "delete", { room, seq }))).toBe("forbidden");
  });
});

describe("delete", () => {
  it("leaves a place in the log with who deleted it, and nothing that was said", async () => {
    const { here, room, seq, ack, remove, edit, now, alice } = await said();
    await edit({ text: "hello" });
    expect(await remove()).toEqual({ type: "deleted", room, seq, v: 3 });
    const { tag, prev, sentAtMs } = ack;
    const place = { seq, n: 1, tag, prev, kind: "message", from: "carol", cid: "c-1", sentAtMs };
    const deleted = { by: "author", atMs: here.ports.clock.nowMs() };
    expect(await now()).toEqual({ ...place, v: 3, deleted });
    expect(here.received(alice).at(-1)).toMatchObject({ events: [{ of: seq, now: { deleted } }] });
  });

  it("is the author's, moderators' and owners', muted or in a closed room too", async () => {
    for (const who of ["alice", "bob", "carol"] as const) {
      const scene = await said();
      const { here, room, alice } = scene;
      await ask(here, alice, "mute", { room, user: "carol", forMs: 60_000 });
      await ask(here, alice, "close", { room });
      expect(codeOf(await scene.remove(scene.mallory))).toBe("not_member");
      expect(await scene.remove(scene[who])).toMatchObject({ type: "deleted" });
      const by = who === "carol" ? "author" : "moderator";
      expect(await scene.now()).toMatchObject({ deleted: { by } });
    }
    const { here, room, alice, carol } = await said();
    const { seq } = await ask(here, alice, "send", { room, text: "mine" });
    expect(codeOf(await ask(here, carol, "delete", { room, seq }))).toBe("forbidden");
  });

  it("twice is once, whoever asks", async () => {
    const { remove, bob, now, changes } = await said();
    expect(await remove()).toMatchObject({ v: 2 });
    expect(await remove(bob)).toMatchObject({ type: "deleted", v: 2 });
    expect(await now()).toMatchObject({ deleted: { by: "author" } });
    expect(await changes()).toHaveLength(1);
  });

  it("wins over an edit that it races, in either order", async () => {
    for (const isEditFirst of [true, false]) {
      const { here, edit, remove, now } = await said();
      const other = () => (isEditFirst ? edit({ text: "late" }) : remove());
      behindOnce(here.ports.log, "findChangeable", other);
      const answer = await (isEditFirst ? remove() : edit({ text: "late" }));
      expect(codeOf(answer)).toBe("deleted");
      expect(await now()).toHaveProperty("deleted");
      expect(await now()).not.toHaveProperty("text");
    }
  });

  it("is not undone by a late retry of the message, which is a duplicate", async () => {
    const { here, carol, room, seq, remove, now, edit } = await said();
    const again = { room, cid: "c-1", after: seq - 1 };
    await edit({ text: "hello" });
    for (const text of ["helo", "whatever"]) {
      const ack = await ask(here, carol, "send", { ...again, text });
      expect(ack).toMatchObject({ seq, duplicate: true });
    }
    await remove();
    expect(await ask(here, carol, "send", { ...again, text: "helo" })).toMatchObject({ seq });
    expect(await now()).not.toHaveProperty("text");
  });

  it("is posted as it is when an edit before it is announced late", async () => {
    const { here, edit, remove, alice } = await said();
    behindOnce(here.ports.log, "change", remove);
    await edit({ text: "gone" });
    expect(JSON.stringify(here.received(alice))).not.toContain("gone");
  });
});

describe("what changes are announced by", () => {
  it("counts as no message, and is in no page of history, which fills all the same", async () => {
    const { here, room, carol, bob, edit, seq } = await said();
    for (let n = 0; n < 30; n += 1) await edit({ text: `e${n}` });
    const head = seq + 30;
    const last = await ask(here, carol, "send", { room, text: "last" });
    expect(last).toMatchObject({ seq: head + 1, n: 2 });
    const page = (fields: Fields) => ask(here, bob, "history", { room, ...fields });
    const seqs = async (fields: Fields) =>
      ((await page(fields))["events"] as LogEvent[]).map((event) => event.seq);
    expect(await seqs({ limit: 2 })).toEqual([seq, head + 1]);
    expect(await seqs({ limit: 1, before: head })).toEqual([seq]);
    expect(await seqs({ around: seq, limit: 3 })).toEqual([seq - 1, seq, head + 1]);
    expect(await seqs({ around: head, limit: 1 })).toEqual([seq]);
    expect(codeOf(await page({ around: head + 9 }))).toBe("bad_request");
    expect(await page({ limit: 1 })).toMatchObject({ more: true, events: [{ text: "last" }] });
    const after = (await page({ after: seq }))["events"] as LogEvent[];
    expect(after.map(({ kind }) => kind)).toEqual([...Array(30).fill("changed"), "message"]);
    expect(after.map((event) => "now" in event).lastIndexOf(true)).toBe(29);
    expect(after.filter((event) => "now" in event)).toHaveLength(1);
  });

  it("tells a client that was away of a delete, however old its cursor", async () => {
    const { here, room, alice, carol, seq, edit, remove } = await said();
    await edit({ text: "gone" });
    await remove();
    for (let n = 0; n < 150; n += 1) {
      here.pass(1_000);
      await ask(here, carol, "send", { room, text: `m${n}` });
    }
    const synced: LogEvent[] = [];
    for (let cursor = seq, isComplete = false; !isComplete; cursor = synced.at(-1)?.seq ?? cursor) {
      const reply = await ask(here, alice, "sync", { rooms: { [room]: cursor } });
      const [page] = reply["rooms"] as [{ events: LogEvent[]; complete: boolean }];
      synced.push(...page.events);
      isComplete = page.complete;
    }
    expect(synced[0]).not.toHaveProperty("now");
    expect(synced[1]).toMatchObject({ of: seq, now: { seq, v: 3, deleted: { by: "author" } } });
    expect(JSON.stringify(synced)).not.toContain("gone");
  });

  it("shows members who see only what came after they joined no older event", async () => {
    const { here, room, alice, bob, carol, seq, edit, events } = await said();
    await ask(here, alice, "configure", { room, history: "since_join" });
    await ask(here, bob, "leave", { room });
    await ask(here, alice, "invite", { room, user: "bob" });
    const joined = await ask(here, bob, "join", { room });
    await ask(here, alice, "configure", { room, history: "all" });
    for (const one of [alice, bob, carol]) here.received(one);
    await edit({ text: "not for bob" });
    const pushed = here.received(bob);
    expect(pushed).toMatchObject([{ events: [{ kind: "changed", of: seq, v: 2 }] }]);
    expect(JSON.stringify(pushed)).not.toContain("not for bob");
    expect(await events(bob)).toEqual([]);
    expect(await events(alice)).toMatchObject([{ text: "not for bob" }]);
    for (const action of ["sync", "history"] as const) {
      const from = Number(joined["seq"]);
      const fields = action === "sync" ? { rooms: { [room]: from } } : { room, after: from };
      const bobs = JSON.stringify(await ask(here, bob, action, fields));
      expect(bobs).toContain("changed");
      expect(bobs).not.toContain("not for bob");
      expect(JSON.stringify(await ask(here, alice, action, fields))).toContain("not for bob");
    }
    expect(codeOf(await ask(here, bob, "history", { room, around: seq }))).toBe("history");
  });

  it("keeps no sender from being found too fast, and no duplicate from being found", async () => {
    const { here, room, alice, carol, edit } = await said();
    const say = (cid: string, fields: Fields = {}) =>
      ask(here, alice, "send", { room, text: cid, cid, ...fields });
    const first = await say("a-1");
    for (let n = 0; n < 12; n += 1) await edit({ text: `e${n}` });
    expect(await say("a-1")).toMatchObject({ seq: first["seq"], duplicate: true });
    for (let n = 2; n <= 8; n += 1) await say(`a-${n}`);
    for (let n = 0; n < 12; n += 1) await edit({ text: `e${n}` });
    const head = await here.ports.log.tail(room, 1);
    const after = head.events[0]?.seq;
    expect(codeOf(await say("a-9"))).toBe("rate_limited");
    expect(codeOf(await say("a-9", { after }))).toBe("rate_limited");
    expect(codeOf(await say("a-9", { after, afterTag: head.events[0]?.tag }))).toBe("rate_limited");
    expect(await ask(here, carol, "send", { room, text: "fine" })).toMatchObject({ type: "ack" });
  });

  it("leaves my messages read, where the newest message is mine", async () => {
    const { here, room, alice, carol, seq, edit, remove } = await said();
    await edit({ text: "hello" });
    await remove();
    const mine = async (caller: typeof alice) => {
      const rooms = (await ask(here, caller, "hello"))["rooms"] as { room: string }[];
      return rooms.find((one) => one.room === room);
    };
    expect(await mine(carol)).toMatchObject({ seq: seq + 2, n: 1, unread: 0 });
    expect(await mine(alice)).toMatchObject({ unread: 1 });
  });
});

describe("events", () => {
  it("are given as they are now, as many as fit a frame, from the first position on", async () => {
    const { here, room, alice, carol, seq } = await said();
    const text = "\u0001".repeat(limits.textCharacters);
    const { seq: large } = await ask(here, carol, "send", { room, text });
    const { seq: second } = await ask(here, carol, "send", { room, text });
    const seqs = [Number(second), 999, Number(large), seq];
    const reply = await ask(here, alice, "events", { room, seqs });
    expect(reply).toMatchObject({ type: "events", room, events: [{ seq }, { seq: large }] });
    const rest = await ask(here, alice, "events", { room, seqs: [second] });
    expect(rest).toMatchObject({ events: [{ seq: second }] });
  });

  it("are nobody's who is no member", async () => {
    const { mallory, events, here, room, seq } = await said();
    expect(codeOf(await ask(here, mallory, "events", { room, seqs: [seq] }))).toBe("not_member");
    expect(await events()).toHaveLength(1);
  });
});
