/** Reactions to messages: who may, what is counted, and what races and kills leave. */
import { describe, expect, it } from "vitest";
import { announceChanges } from "../../lib/actions/messages/announceChanges.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { ask, codeOf, type Fields, led } from "../support/ledRoom.ts";
import { behindOnce, world } from "../support/world.ts";

/** A led room in which carol, a member, has sent the last message. */
async function said() {
  const scene = await led();
  const { here, room, alice, bob, carol } = scene;
  const { seq: sent } = await ask(here, carol, "send", { room, text: "hi", cid: "c-1" });
  const seq = Number(sent);
  for (const one of [alice, bob, carol]) here.received(one);
  const react = (emoji: string, by = bob, fields: Fields = {}) =>
    ask(here, by, "react", { room, seq, emoji, on: true, ...fields });
  const takeBack = (emoji: string, by = bob) => react(emoji, by, { on: false });
  const who = (by = alice, fields: Fields = {}) =>
    ask(here, by, "reactors", { room, seq, ...fields });
  const now = async () => {
    const { events } = await ask(here, alice, "events", { room, seqs: [seq] });
    return (events as MessageEvent[])[0];
  };
  const changes = async () => {
    const log = await here.ports.log.list(room, { after: seq, limit: 500, order: "oldest first" });
    return log.filter(({ kind }) => kind === "changed");
  };
  return { ...scene, seq, react, takeBack, who, now, changes };
}

/** `count` different emoji. */
const emojis = (count: number) =>
  Array.from({ length: count }, (_, index) => String.fromCodePoint(0x1f600 + index));

describe("react", () => {
  it("shows on the message who reacted, and tells who hears the room", async () => {
    const { here, room, alice, bob, carol, seq, react, now } = await said();
    const reply = { type: "reacted", room, seq, emoji: "👍", on: true };
    expect(await react("👍")).toEqual(reply);
    here.pass(1);
    expect(await react("👍", alice)).toEqual(reply);
    const reactions = [{ emoji: "👍", count: 2, users: ["bob", "alice"] }];
    expect(await now()).toMatchObject({ seq, v: 3, text: "hi", reactions });
    for (const one of [alice, bob, carol]) {
      const event = { seq: seq + 2, n: 1, kind: "changed", of: seq, v: 3, from: "carol" };
      const pushed = here.received(one).at(-1);
      expect(pushed).toMatchObject({ events: [{ ...event, now: { v: 3, reactions } }] });
    }
    const page = await ask(here, carol, "history", { room, limit: 1 });
    expect(page["events"]).toEqual([await now()]);
  });

  it("lists emoji by their first use, and names the first twenty users of each", async () => {
    const { here, room, react, now, seq } = await said();
    await react("🎉");
    for (let n = 0; n < 30; n += 1) {
      await here.ports.reactions.put(room, seq, `user-${n}`, "👍", 10 ** 13 + n);
    }
    await react("👍");
    const users = ["bob", ...Array.from({ length: 19 }, (_, n) => `user-${n}`)];
    const counted = (await now())?.reactions;
    expect(counted).toEqual([
      { emoji: "🎉", count: 1, users: ["bob"] },
      { emoji: "👍", count: 31, users },
    ]);
  });

  it("is taken back, and of none nothing is left", async () => {
    const { react, takeBack, now, alice, changes } = await said();
    await react("👍");
    await react("❤️", alice);
    expect(await takeBack("👍")).toMatchObject({ type: "reacted", on: false });
    expect((await now())?.reactions).toMatchObject([{ emoji: "❤️", count: 1 }]);
    await takeBack("❤️", alice);
    expect(await now()).not.toHaveProperty("reactions");
    expect(await changes()).toHaveLength(4);
  });

  it("twice is once, and taking back what is not there is nothing", async () => {
    const { react, takeBack, now, changes } = await said();
    expect(await takeBack("👍")).toMatchObject({ type: "reacted", on: false });
    expect(await changes()).toEqual([]);
    await react("👍");
    await react("👍");
    expect(await now()).toMatchObject({ v: 2, reactions: [{ count: 1 }] });
    expect(await changes()).toHaveLength(1);
  });

  it("is refused to who is muted, banned or outside, and in a closed room", async () => {
    const { here, room, alice, bob, mallory, react, takeBack, now } = await said();
    await react("🎉");
    expect(codeOf(await react("👍", mallory))).toBe("not_member");
    await ask(here, alice, "mute", { room, user: "bob", forMs: 60_000 });
    expect(await react("👍")).toMatchObject({ code: "muted", retryAfterMs: 60_000 });
    expect(codeOf(await takeBack("🎉"))).toBe("muted");
    await ask(here, alice, "mute", { room, user: "bob", forMs: 0 });
    await ask(here, alice, "close", { room });
    expect(codeOf(await react("👍"))).toBe("closed");
    await ask(here, alice, "reopen", { room });
    await ask(here, alice, "ban", { room, user: "bob" });
    expect(codeOf(await react("👍", bob))).toBe("not_member");
    expect((await now())?.reactions).toMatchObject([{ emoji: "🎉", count: 1 }]);
  });

  it("to what is no message, or is not there, is a bad request", async () => {
    const { seq, react, who, alice } = await said();
    await react("👍");
    for (const other of [seq - 1, seq + 1, seq + 7]) {
      expect(codeOf(await react("👍", alice, { seq: other }))).toBe("bad_request");
      expect(codeOf(await who(alice, { seq: other }))).toBe("bad_request");
    }
  });

  it("to a message that is deleted is refused, and the message has none any more", async () => {
    const { here, room, carol, seq, react, takeBack, who, now } = await said();
    await react("👍");
    await ask(here, carol, "delete", { room, seq });
    for (const answer of [await react("❤️"), await takeBack("👍"), await who()]) {
      expect(codeOf(answer)).toBe("deleted");
    }
    expect(await now()).not.toHaveProperty("reactions");
  });

  it("loses to a delete that it races", async () => {
    const { here, room, carol, seq, react, now } = await said();
    const remove = () => ask(here, carol, "delete", { room, seq });
    behindOnce(here.ports.reactions, "list", remove);
    expect(codeOf(await react("👍"))).toBe("deleted");
    expect(await now()).not.toHaveProperty("reactions");
  });

  it("and an edit that it races are both there", async () => {
    const { here, room, carol, seq, react, now } = await said();
    const edit = () => ask(here, carol, "edit", { room, seq, text: "hello" });
    behindOnce(here.ports.reactions, "list", edit);
    await react("👍");
    expect(await now()).toMatchObject({ v: 3, text: "hello", reactions: [{ count: 1 }] });
  });

  it("sees no message from before a member's log begins", async () => {
    const { here, room, alice, bob, seq, react, who } = await said();
    await ask(here, alice, "configure", { room, history: "since_join" });
    await ask(here, bob, "leave", { room });
    await ask(here, alice, "invite", { room, user: "bob" });
    await ask(here, bob, "join", { room });
    expect(codeOf(await react("👍"))).toBe("bad_request");
    expect(codeOf(await who(bob))).toBe("bad_request");
    here.received(bob);
    await react("👍", alice);
    expect(JSON.stringify(here.received(bob))).not.toContain("👍");
    expect(await who(alice)).toMatchObject({ reactors: [{ user: "alice" }], seq });
  });

  it("has at most twenty emoji on a message, and of a user", async () => {
    const { react, takeBack, alice, now } = await said();
    const [first = "", ...more] = emojis(limits.reactionEmoji + 1);
    const last = more.pop() ?? "";
    for (const one of [first, ...more]) await react(one);
    for (const by of [undefined, alice]) expect(codeOf(await react(last, by))).toBe("forbidden");
    expect(await react(first, alice)).toMatchObject({ type: "reacted" });
    await takeBack(first);
    await takeBack(first, alice);
    expect(await react(last, alice)).toMatchObject({ type: "reacted" });
    expect((await now())?.reactions).toHaveLength(limits.reactionEmoji);
  });

  it("is counted by the next one when its request died behind its item", async () => {
    const { here, alice, react, now } = await said();
    const { change } = here.ports.log;
    here.ports.log.change = async () => {
      throw new Error("killed");
    };
    await expect(react("👍")).rejects.toThrow("killed");
    here.ports.log.change = change;
    expect(await now()).not.toHaveProperty("reactions");
    await react("👍", alice);
    expect((await now())?.reactions).toMatchObject([{ count: 2 }]);
  });

  it("is counted by the stream when its request died behind its item (promise 15)", async () => {
    const { here, room, seq, react, now, changes } = await said();
    const { change } = here.ports.log;
    here.ports.log.change = async () => {
      throw new Error("killed");
    };
    await expect(react("👍")).rejects.toThrow("killed");
    here.ports.log.change = change;
    const brought = { room, event: { seq }, recountedUpTo: Infinity };
    expect(await announceChanges([brought, brought], here.ports)).toEqual(new Set());
    expect(await now()).toMatchObject({ v: 2, reactions: [{ emoji: "👍", count: 1 }] });
    await announceChanges([brought], here.ports);
    expect(await changes()).toHaveLength(1);
  });

  it(`is left to the stream from ${limits.reactionsCountedAtOnce} reactions on`, async () => {
    const { here, room, alice, seq, react, takeBack, now, changes } = await said();
    for (let n = 1; n < limits.reactionsCountedAtOnce; n += 1) {
      await here.ports.reactions.put(room, seq, `user-${n}`, "👍", n);
    }
    await react("👍", alice);
    expect((await now())?.reactions).toMatchObject([{ count: limits.reactionsCountedAtOnce }]);
    await react("🎉");
    await react("👍");
    await takeBack("👍", alice);
    expect(await now()).toMatchObject({ v: 2, reactions: [{ emoji: "👍" }] });
    let reads = 0;
    const { list } = here.ports.reactions;
    here.ports.reactions.list = (...asked) => {
      reads += 1;
      return list(...asked);
    };
    const brought = { room, event: { seq }, recountedUpTo: Infinity };
    await announceChanges([brought, brought, brought], here.ports);
    expect(reads).toBe(1);
    const counts = (await now())?.reactions?.map(({ emoji, count }) => [emoji, count]);
    expect(counts).toEqual([
      ["👍", limits.reactionsCountedAtOnce],
      ["🎉", 1],
    ]);
    expect(await changes()).toHaveLength(2);
  });

  it("that is taken back while it is counted is counted again (promise 15)", async () => {
    const { here, room, seq, react, takeBack, now } = await said();
    behindOnce(here.ports.reactions, "list", () => takeBack("👍"));
    await react("👍");
    expect((await now())?.reactions).toMatchObject([{ count: 1 }]);
    await announceChanges([{ room, event: { seq }, recountedUpTo: Infinity }], here.ports);
    expect(await now()).not.toHaveProperty("reactions");
  });

  it("is not counted by the stream again where a later count was stored", async () => {
    const { here, room, alice, seq, react } = await said();
    await react("👍");
    await react("👍", alice);
    let reads = 0;
    const { list } = here.ports.reactions;
    here.ports.reactions.list = (...asked) => {
      reads += 1;
      return list(...asked);
    };
    await announceChanges([{ room, event: { seq }, recountedUpTo: 1 }], here.ports);
    expect(reads).toBe(0);
    await announceChanges([{ room, event: { seq }, recountedUpTo: 2 }], here.ports);
    expect(reads).toBe(1);
  });

  it("of a message that was deleted is not counted by the stream", async () => {
    const { here, room, carol, seq, react, now } = await said();
    await react("👍");
    await ask(here, carol, "delete", { room, seq });
    const brought = { room, event: { seq }, recountedUpTo: Infinity };
    expect(await announceChanges([brought], here.ports)).toEqual(new Set());
    expect(await now()).not.toHaveProperty("reactions");
  });

  it("is announced by a retry when its request died before it said so", async () => {
    const { here, react, changes } = await said();
    const { put } = here.ports.log;
    here.ports.log.put = async () => {
      throw new Error("killed");
    };
    await expect(react("👍")).rejects.toThrow("killed");
    here.ports.log.put = put;
    expect(await changes()).toEqual([]);
    await react("👍");
    expect(await changes()).toMatchObject([{ v: 2 }]);
  });

  it("is counted beside one that overtakes its count", async () => {
    const { here, alice, react, now } = await said();
    behindOnce(here.ports.reactions, "list", () => react("👍", alice));
    await react("👍");
    expect((await now())?.reactions).toMatchObject([{ emoji: "👍", count: 2 }]);
  });

  it("is counted whoever wins, where many react at once", async () => {
    const { here, room, seq, now, changes } = await said();
    const users = Array.from({ length: 40 }, (_, n) => `user-${n}`);
    for (const user of users) {
      await here.ports.memberships.add(user, { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
    }
    const asking = await Promise.all(users.map((user) => here.as(user)));
    const answers = await Promise.all(
      asking.map((one) => ask(here, one, "react", { room, seq, emoji: "👍", on: true })),
    );
    expect(answers.map(codeOf)).toEqual(users.map(() => "reacted"));
    const last = await now();
    expect(last?.reactions).toMatchObject([{ emoji: "👍", count: users.length }]);
    const versions = (await changes()).map((event) => (event as { v?: number }).v);
    expect(Math.max(...versions.map(Number))).toBe(last?.v);
  });

  it("works in a direct room, unless one of the two blocks the other", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    const { room, seq } = await ask(here, alice, "send", { to: "bob", text: "hi" });
    const react = () => ask(here, bob, "react", { room, seq, emoji: "👍", on: true });
    expect(codeOf(await react())).toBe("reacted");
    const told = here.received(alice).at(-1) as { events: LogEvent[] };
    expect(told.events).toMatchObject([{ now: { reactions: [{ users: ["bob"] }] } }]);
    await ask(here, alice, "block", { user: "bob", on: true });
    expect(codeOf(await react())).toBe("forbidden");
  });

  it("keeps its count through an edit", async () => {
    const { here, room, carol, seq, react, now } = await said();
    await react("👍");
    await ask(here, carol, "edit", { room, seq, text: "hello" });
    expect(await now()).toMatchObject({ v: 3, text: "hello", reactions: [{ users: ["bob"] }] });
  });

  it("names fewer users beside a text that an edit makes long", async () => {
    const { here, room, carol, seq, react, now } = await said();
    for (let n = 0; n < limits.reactionUsers; n += 1) {
      await here.ports.reactions.put(room, seq, `${n}`.padEnd(165, "x"), "🎉", n);
    }
    await react("🎉");
    expect((await now())?.reactions).toMatchObject([{ count: 21, users: { length: 20 } }]);
    const text = "\u0001".repeat(limits.textCharacters);
    await ask(here, carol, "edit", { room, seq, text });
    expect((await now())?.reactions).toMatchObject([{ count: 21 }]);
    expect(JSON.stringify(await now()).length).toBeLessThanOrEqual(limits.eventBytes);
  });
});

describe("reactors", () => {
  it("says who reacted and with what, by user, and what I did", async () => {
    const { room, alice, bob, seq, react, who, mallory } = await said();
    for (const one of ["❤️", "👍"]) await react(one);
    await react("👍", alice);
    const by = (user: string, emoji: string) => ({ user, emoji });
    const reply = { type: "reactors", room, seq, more: false };
    const all = [by("alice", "👍"), by("bob", "❤️"), by("bob", "👍")];
    expect(await who()).toEqual({ ...reply, reactors: all, mine: ["👍"] });
    expect(await who(bob, { emoji: "👍" })).toEqual({
      ...reply,
      reactors: [by("alice", "👍"), by("bob", "👍")],
      mine: ["❤️", "👍"],
    });
    expect(await who(bob, { after: "alice" })).toMatchObject({ reactors: all.slice(1) });
    expect(codeOf(await who(mallory))).toBe("not_member");
  });

  it("comes page by page, each user's reactions whole", async () => {
    const { here, room, alice, seq, who } = await said();
    const users = Array.from(
      { length: 70 },
      (_, n) => `${String(n).padStart(3, "0")}${'"'.repeat(250)}`,
    );
    for (const user of users) {
      for (const one of emojis(3)) await here.ports.reactions.put(room, seq, user, one, 1);
    }
    const found: string[] = [];
    for (let more = true, after: string | undefined; more; after = found.at(-1)) {
      const page = await who(alice, { ...(after && { after }) });
      expect(JSON.stringify(page).length).toBeLessThanOrEqual(limits.frameBytes);
      found.push(...(page["reactors"] as { user: string }[]).map(({ user }) => user));
      more = page["more"] === true;
    }
    expect(found).toEqual(users.flatMap((user) => [user, user, user]));
  });
});
