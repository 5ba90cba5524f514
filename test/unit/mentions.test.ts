/** Mentions: who is told, until when, and what a crash leaves; and unread counts. */
import { describe, expect, it, vi } from "vitest";
import type { ConnectedCaller } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { logEvent } from "../support/fixtures.ts";
import { ask, codeOf, type Fields, led } from "../support/ledRoom.ts";
import { behindOnce, world } from "../support/world.ts";

async function talking(fields: Fields = {}) {
  const set = await led(fields);
  const { here, room } = set;
  return {
    ...set,
    say: (who: ConnectedCaller, more: Fields = {}) =>
      ask(here, who, "send", { room, text: "hi", ...more }),
    /** Positions of a user's mentions. */
    mentionsOf: async (who: ConnectedCaller, more: Fields = {}) => {
      const { mentions } = await ask(here, who, "mentions", more);
      return (mentions as { seq: number }[]).map(({ seq }) => seq);
    },
    countsOf: async (who: ConnectedCaller, of = room) => {
      const { rooms } = await ask(here, who, "hello");
      const found = (rooms as { room: string }[]).find((one) => one.room === of);
      const { unread, mentions } = found as unknown as { unread: number; mentions: number };
      return { unread, mentions };
    },
  };
}

describe("an edit with mentions", () => {
  /** alice's message, which mentions bob; and how she edits it. */
  async function mentioning() {
    const scene = await talking();
    const { here, room, alice, say } = scene;
    const { seq } = await say(alice, { mentions: ["bob"] });
    const edit = (fields: Fields) =>
      ask(here, alice, "edit", { room, seq, text: "hi!", cid: "e-1", ...fields });
    const now = async () => (await here.ports.log.find(room, Number(seq))) as object;
    return { ...scene, seq, edit, now };
  }

  it("adds and removes exactly the notes that it changes", async () => {
    const { here, bob, carol, mallory, seq, edit, now, mentionsOf } = await mentioning();
    const put = vi.spyOn(here.ports.mentions, "put");
    const remove = vi.spyOn(here.ports.mentions, "remove");
    await edit({ mentions: ["bob", "carol", "mallory", "alice"] });
    expect(await now()).toMatchObject({ text: "hi!", mentions: ["bob", "carol"] });
    for (const one of [bob, carol]) expect(await mentionsOf(one)).toEqual([seq]);
    expect(await mentionsOf(mallory)).toEqual([]);
    expect(put.mock.calls.map(([users]) => users)).toEqual([["carol"]]);
    expect(remove).not.toHaveBeenCalled();
    await edit({ mentions: ["carol"], cid: "e-2" });
    expect(await mentionsOf(bob)).toEqual([]);
    expect(await mentionsOf(carol)).toEqual([seq]);
    await edit({ mentions: [], cid: "e-3" });
    expect(await mentionsOf(carol)).toEqual([]);
    expect(await now()).not.toHaveProperty("mentions");
    expect(put).toHaveBeenCalledTimes(1);
  });

  it("leaves whom the message mentions without the field", async () => {
    const { bob, seq, edit, now, mentionsOf } = await mentioning();
    await edit({});
    expect(await now()).toMatchObject({ text: "hi!", mentions: ["bob"] });
    expect(await mentionsOf(bob)).toEqual([seq]);
  });

  it("sent again, puts the notes that a crash left out", async () => {
    const { here, carol, seq, edit, mentionsOf } = await mentioning();
    const { put } = here.ports.mentions;
    here.ports.mentions.put = async () => {
      throw new Error("killed");
    };
    await expect(edit({ mentions: ["carol"] })).rejects.toThrow("killed");
    here.ports.mentions.put = put;
    expect(await mentionsOf(carol)).toEqual([]);
    expect(await edit({ mentions: ["carol"] })).toMatchObject({ v: 2 });
    expect(await mentionsOf(carol)).toEqual([seq]);
  });

  it("keeps the note of whom a message mentions with everyone", async () => {
    const { here, room, alice, bob, say, mentionsOf } = await talking();
    const { seq } = await say(alice, { mentions: ["bob"], everyone: true });
    await ask(here, alice, "edit", { room, seq, text: "hi!", mentions: [] });
    expect(await mentionsOf(bob)).toEqual([seq]);
  });

  it("is refused where the message carries too much with those that stay", async () => {
    const { here, room, alice, say } = await talking();
    const many = Array.from({ length: 80 }, (_, n) => `user-${n}-`.padEnd(20, "x"));
    for (const user of many) {
      await ask(here, alice, "invite", { room, user });
      await ask(here, await here.as(user), "join", { room });
    }
    const { seq } = await say(alice, { mentions: many });
    const text = "\u0001".repeat(limits.textCharacters - 20);
    const refused = await ask(here, alice, "edit", { room, seq, text });
    expect(codeOf(refused)).toBe("bad_request");
    expect(codeOf(await ask(here, alice, "edit", { room, seq, text, mentions: [] }))).toBe(
      "edited",
    );
  });
});

describe("a mention", () => {
  it("is listed to the user who is mentioned, counted by hello, and in the event", async () => {
    const { here, room, alice, bob, carol, say, mentionsOf, countsOf } = await talking();
    const { seq, sentAtMs: atMs } = await say(alice, { mentions: ["bob"] });
    const mention = { room, seq, from: "alice", atMs };
    const listed = { type: "mentions", mentions: [mention], more: false };
    expect(await ask(here, bob, "mentions")).toEqual(listed);
    expect(await countsOf(bob)).toEqual({ unread: 1, mentions: 1 });
    expect(await countsOf(carol)).toEqual({ unread: 1, mentions: 0 });
    for (const one of [alice, carol]) expect(await mentionsOf(one)).toEqual([]);
    expect(here.received(carol)).toMatchObject([{ events: [{ seq, mentions: ["bob"] }] }]);
  });

  it("reaches nobody who cannot see the message, and is not refused for them", async () => {
    const { here, room, alice, mallory, say, mentionsOf } = await talking();
    await ask(here, alice, "invite", { room, user: "mallory" });
    const dave = await here.as("dave");
    await ask(here, alice, "ban", { room, user: "dave" });
    const sent = await say(alice, { mentions: ["mallory", "dave", "nobody", "carol", "alice"] });
    expect(codeOf(sent)).toBe("ack");
    for (const one of [mallory, dave, alice]) expect(await mentionsOf(one)).toEqual([]);
    const [event] = (await here.ports.log.tail(room, 1)).events;
    expect(event).toMatchObject({ mentions: ["carol"] });
    await ask(here, mallory, "join", { room });
    expect(await mentionsOf(mallory)).toEqual([]);
  });

  it("does not reach a user who blocks its sender", async () => {
    const { here, room, alice, bob, carol, say, mentionsOf } = await talking();
    await ask(here, bob, "block", { user: "alice", on: true });
    const { seq } = await say(alice, { mentions: ["bob", "carol"] });
    await say(alice, { everyone: true });
    expect(await mentionsOf(bob)).toEqual([]);
    expect(await mentionsOf(carol)).toHaveLength(2);
    const [event] = await here.ports.log.list(room, {
      ...{ after: Number(seq) - 1, limit: 1, order: "oldest first" },
    });
    expect(event).toMatchObject({ mentions: ["carol"] });
  });

  it("ends when its user reads past it, and no other does, in this room or elsewhere", async () => {
    const { here, room, alice, bob, say, mentionsOf, countsOf } = await talking();
    const first = Number((await say(alice, { mentions: ["bob"] }))["seq"]);
    const between = Number((await say(alice))["seq"]);
    const last = Number((await say(alice, { mentions: ["bob"] }))["seq"]);
    const direct = { to: "bob", text: "hi", mentions: ["bob"] };
    const elsewhere = Number((await ask(here, alice, "send", direct))["seq"]);
    expect(await mentionsOf(bob)).toHaveLength(3);
    await ask(here, bob, "read", { room, seq: first - 1 });
    expect(await mentionsOf(bob)).toHaveLength(3);
    await ask(here, bob, "read", { room, seq: between });
    expect((await mentionsOf(bob)).sort()).toEqual([elsewhere, last].sort());
    expect(await countsOf(bob)).toEqual({ unread: 1, mentions: 1 });
    expect(await countsOf(bob, "dm:alice:bob")).toEqual({ unread: 1, mentions: 1 });
    await ask(here, bob, "read", { room, seq: last });
    expect(await mentionsOf(bob)).toEqual([elsewhere]);
    expect(await countsOf(bob)).toEqual({ unread: 0, mentions: 0 });
  });

  it("leaves no note behind once it is over", async () => {
    const { here, room, alice, bob, carol, say, mentionsOf, countsOf } = await talking();
    for (let sent = 0; sent < 4; sent += 1) {
      await say(alice, { mentions: ["bob", "carol"] });
      here.pass(5_000);
    }
    const head = (await here.ports.log.tail(room, 1)).events[0]?.seq;
    for (const one of [bob, carol]) await ask(here, one, "read", { room, seq: head });
    await mentionsOf(bob);
    await countsOf(carol);
    for (const user of ["bob", "carol"]) {
      expect(await here.ports.mentions.list(user, undefined, 10)).toEqual([]);
    }
  });

  it("ends with membership, and does not come back with it", async () => {
    const { here, room, alice, carol, say, mentionsOf } = await talking();
    await say(alice, { mentions: ["carol"] });
    await ask(here, alice, "kick", { room, user: "carol" });
    expect(await mentionsOf(carol)).toEqual([]);
    await ask(here, alice, "invite", { room, user: "carol" });
    await ask(here, carol, "join", { room });
    expect(await mentionsOf(carol)).toEqual([]);
  });

  it("goes when the message goes, for everybody, and its count with it", async () => {
    const { here, room, alice, bob, carol, say, mentionsOf, countsOf } = await talking();
    const named = await say(alice, { mentions: ["bob"] });
    const { seq } = await say(alice, { everyone: true });
    const kept = await say(alice, { mentions: ["bob"] });
    await ask(here, alice, "delete", { room, seq });
    expect(await mentionsOf(bob)).toEqual([kept["seq"], named["seq"]]);
    expect(await mentionsOf(carol)).toEqual([]);
    await ask(here, alice, "delete", { room, seq: named["seq"] });
    expect(await mentionsOf(bob)).toEqual([kept["seq"]]);
    expect((await countsOf(bob)).mentions).toBe(1);
  });

  it("goes with a delete that is sent again after it died half-way, not without it", async () => {
    const { here, room, alice, bob, say, mentionsOf } = await talking();
    const { seq } = await say(alice, { mentions: ["bob"] });
    behindOnce(here.ports.mentions, "remove", async () => {
      throw new Error("killed");
    });
    const remove = () => ask(here, alice, "delete", { room, seq });
    await expect(remove()).rejects.toThrow("killed");
    expect(await here.ports.log.find(room, Number(seq))).not.toHaveProperty("deleted");
    expect(codeOf(await remove())).toBe("deleted");
    expect(await mentionsOf(bob)).toEqual([]);
  });

  it("is not put again by a late retry of a message that was deleted", async () => {
    const { here, room, alice, bob, say, mentionsOf } = await talking();
    const { seq } = await say(alice, { mentions: ["bob"], cid: "c-1" });
    await ask(here, alice, "delete", { room, seq });
    expect(await say(alice, { mentions: ["bob"], cid: "c-1" })).toMatchObject({ duplicate: true });
    expect(await mentionsOf(bob)).toEqual([]);
  });

  it("ends after 90 days", async () => {
    const { here, alice, bob, say, mentionsOf } = await talking();
    await say(alice, { mentions: ["bob"] });
    here.pass(limits.mentionSeconds * 1_000 - 1);
    expect(await mentionsOf(bob)).toHaveLength(1);
    here.pass(1);
    expect(await mentionsOf(bob)).toEqual([]);
  });

  it("is put again by a retry, when the sender's function died behind the message", async () => {
    const { here, alice, bob, say, mentionsOf } = await talking();
    const message = { mentions: ["bob"], cid: "c-1" };
    behindOnce(here.ports.log, "put", async () => {
      throw new Error("killed");
    });
    await expect(say(alice, message)).rejects.toThrow("killed");
    expect(await mentionsOf(bob)).toEqual([]);
    const { seq, duplicate } = await say(alice, message);
    expect(duplicate).toBe(true);
    for (const _ of [1, 2]) expect(await mentionsOf(bob)).toEqual([seq]);
    await say(alice, message);
    expect(await mentionsOf(bob)).toEqual([seq]);
  });

  it("is there before its sender has the ack, and before anybody is told", async () => {
    const { here, bob, room, alice, mentionsOf } = await talking();
    const order: string[] = [];
    const { put } = here.ports.mentions;
    here.ports.mentions.put = async (...args) => {
      await put(...args);
      order.push(`noted, ${here.received(bob).length} pushed`);
    };
    const { send } = await import("../../lib/actions/messages/send.ts");
    await send({ room, text: "hi", mentions: ["bob"] }, alice, here.ports, {
      publishMs: 1_000,
      acknowledge: async () => void order.push("acked"),
    });
    expect(order).toEqual(["noted, 0 pushed", "acked"]);
    expect(await mentionsOf(bob)).toHaveLength(1);
  });

  it("pages through all, each once, also where many are of one moment", async () => {
    const { here, room, bob } = await talking();
    const count = 2 * limits.mentionsPage + 7;
    for (let seq = 1; seq <= count; seq += 1) {
      const atMs = here.ports.clock.nowMs() + Math.floor(seq / 3);
      const tag = `tag-${seq + 1_000}`;
      await here.ports.mentions.put(["bob"], { room, seq: 100 + seq, tag, from: "alice", atMs });
    }
    const seen: number[] = [];
    let after: number | undefined;
    for (let more = true; more; ) {
      const page = await ask(here, bob, "mentions", after === undefined ? {} : { after });
      const mentions = page["mentions"] as { seq: number; atMs: number }[];
      expect(mentions.length).toBeLessThanOrEqual(limits.mentionsPage);
      seen.push(...mentions.map(({ seq }) => seq));
      after = mentions.at(-1)?.atMs;
      more = page["more"] === true;
    }
    expect(seen).toEqual(Array.from({ length: count }, (_, index) => 100 + count - index));
  });

  it("costs a message without mentions nothing: it asks nobody and notes nothing", async () => {
    const { here, alice, say } = await talking();
    const refuse = () => Promise.reject(new Error("asked"));
    here.ports.mentions.put = refuse;
    here.ports.memberships.listUsers = refuse;
    here.ports.rooms.find = refuse;
    for (const more of [{}, { mentions: [] }, { everyone: false }]) {
      expect(codeOf(await say(alice, more))).toBe("ack");
    }
  });
});

describe("everyone", () => {
  it("is mentioned by moderators and owners, but for the sender", async () => {
    const { here, room, alice, bob, carol, say, mentionsOf } = await talking();
    const { seq } = await say(bob, { everyone: true });
    for (const one of [alice, carol]) expect(await mentionsOf(one)).toEqual([seq]);
    expect(await mentionsOf(bob)).toEqual([]);
    const [event] = (await here.ports.log.tail(room, 1)).events;
    expect(event).toMatchObject({ everyone: true });
    expect(event).not.toHaveProperty("mentions");
  });

  it("is no right of members, nor of anybody where nobody leads, nor of the muted", async () => {
    const { here, room, alice, bob, carol, say } = await talking();
    expect(codeOf(await say(carol, { everyone: true }))).toBe("forbidden");
    await ask(here, carol, "join", { room: "lobby" });
    const open = { room: "lobby", text: "hi", everyone: true };
    expect(codeOf(await ask(here, carol, "send", open))).toBe("forbidden");
    const direct = { to: "bob", text: "hi", everyone: true };
    expect(codeOf(await ask(here, carol, "send", direct))).toBe("forbidden");
    await ask(here, alice, "mute", { room, user: "bob", forMs: 1_000 });
    expect(codeOf(await say(bob, { everyone: true }))).toBe("muted");
    await ask(here, alice, "close", { room });
    expect(codeOf(await say(alice, { everyone: true }))).toBe("closed");
  });

  it(`is as many as ${limits.everyoneMembers} members, and more are refused`, async () => {
    const { here, room, alice, say, mentionsOf, carol } = await talking();
    const membership = { room, joinedAtMs: 0, readSeq: 0, readN: 0 };
    for (let user = 3; user < limits.everyoneMembers; user += 1) {
      await here.ports.memberships.add(`u${user}`, membership);
    }
    expect(codeOf(await say(alice, { everyone: true }))).toBe("ack");
    expect(await mentionsOf(carol)).toHaveLength(1);
    await here.ports.memberships.add("one-more", membership);
    const head = (await here.ports.log.tail(room, 1)).events[0]?.seq;
    expect(codeOf(await say(alice, { everyone: true }))).toBe("forbidden");
    expect((await here.ports.log.tail(room, 1)).events[0]?.seq).toBe(head);
  });
});

describe("unread", () => {
  it("is never negative and does not stick, also where the log went back", async () => {
    const { here, room, bob, countsOf } = await talking();
    const read = { seq: 1_000, n: 900 };
    await here.ports.memberships.moveRead("bob", room, read);
    const note = { room, seq: 950, tag: "gone-tag", from: "alice", atMs: here.ports.clock.nowMs() };
    await here.ports.mentions.put(["bob"], note);
    expect(await countsOf(bob)).toEqual({ unread: 0, mentions: 0 });
    await here.ports.mentions.put(["bob"], { ...note, seq: 2_000, tag: "beyond-1" });
    expect(await countsOf(bob)).toEqual({ unread: 0, mentions: 0 });
    await here.ports.memberships.prefer("bob", room, { unreadFrom: { seq: 900, n: 800 } });
    expect(await countsOf(bob)).toEqual({ unread: 0, mentions: 0 });
  });

  it("ends at the true number when a new message races read", async () => {
    const { here, room, alice, bob, say, countsOf } = await talking();
    const { seq } = await say(alice, { mentions: ["bob"] });
    behindOnce(here.ports.log, "find", () => say(alice, { mentions: ["bob"] }));
    await ask(here, bob, "read", { room, seq });
    expect(await countsOf(bob)).toEqual({ unread: 1, mentions: 1 });
  });

  it("is exact in a room of 10,000 messages", async () => {
    const here = world();
    const bob = await here.as("bob");
    const room = "general";
    await here.ports.memberships.add("bob", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
    for (let seq = 1; seq <= 10_000; seq += 1) await here.ports.log.put(room, logEvent(seq));
    const unread = async () => (await ask(here, bob, "hello"))["rooms"];
    expect(await unread()).toMatchObject([{ unread: 10_000, mentions: 0 }]);
    await ask(here, bob, "read", { room, seq: 1_234 });
    expect(await unread()).toMatchObject([{ unread: 8_766 }]);
  });
});
