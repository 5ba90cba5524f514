import { describe, expect, it } from "vitest";
import { send } from "../../lib/actions/messages/send.ts";
import { hello } from "../../lib/actions/people/hello.ts";
import { withId } from "../../lib/protocol/envelope.ts";
import { bytesOf } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { logEvent, tagAt } from "../support/fixtures.ts";
import { world } from "../support/world.ts";

describe("hello", () => {
  it("says who is asking, until when, and what is new where", async () => {
    const { ports, as } = world();
    const alice = { ...(await as("alice", 600)), name: "Alice" };
    await ports.memberships.add("alice", {
      room: "general",
      joinedAtMs: 0,
      readSeq: 41,
      readN: 41,
    });
    // In a later version an event may be no message: then positions run ahead of message numbers.
    await ports.log.put("general", logEvent(60, { n: 55, from: "bob" }));
    expect(await hello({ action: "hello" }, alice, ports)).toEqual({
      type: "welcome",
      user: "alice",
      name: "Alice",
      connectionId: "alice-1",
      protocol: 1,
      expiresAtMs: alice.expiresAtMs,
      limits: { frameBytes: 32_768, textCharacters: 4_000, historyLimit: 100 },
      rooms: [
        { room: "general", seq: 60, n: 55, tag: tagAt(60), readSeq: 41, unread: 14, mentions: 0 },
      ],
      invitations: [],
      more: false,
    });
  });

  it("counts nothing as unread in a room where the newest message is the user's own", async () => {
    const { ports, as } = world();
    const [alice, bob] = [await as("alice"), await as("bob")];
    const say = (caller: typeof alice, to: string) =>
      send({ to, text: "hi" }, caller, ports, { publishMs: 1_000 });
    const unread = async () =>
      (await hello({ action: "hello" }, alice, ports)).rooms.map(({ room, unread }) => [
        room,
        unread,
      ]);
    await say(alice, "alice");
    await say(bob, "alice");
    expect(await unread()).toEqual([
      ["dm:alice:alice", 0],
      ["dm:alice:bob", 1],
    ]);
    await say(alice, "bob");
    expect(await unread()).toContainEqual(["dm:alice:bob", 0]);
    await say(bob, "alice");
    expect(await unread()).toContainEqual(["dm:alice:bob", 3]);
  });

  it("lists rooms by name, a page at a time, each once", async () => {
    const { ports, as } = world();
    const alice = await as("alice");
    const names = Array.from({ length: limits.welcomeRooms + 1 }, (_, n) => `room-${1_000 + n}`);
    for (const room of [...names].reverse()) {
      await ports.memberships.add("alice", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
    }
    const first = await hello({ action: "hello" }, alice, ports);
    expect(first.rooms.map(({ room }) => room)).toEqual(names.slice(0, limits.welcomeRooms));
    expect(first.more).toBe(true);
    const after = first.rooms.at(-1)?.room;
    const rest = await hello({ action: "hello", ...(after && { after }) }, alice, ports);
    expect(rest.rooms.map(({ room }) => room)).toEqual(names.slice(limits.welcomeRooms));
    expect(rest.more).toBe(false);
  });

  it("lists as many rooms of very long names as a frame takes, and the others next", async () => {
    const { ports, as } = world();
    const me = '"'.repeat(limits.userCharacters);
    const caller = { ...(await as(me)), name: "😀".repeat(limits.displayNameCharacters) };
    const names = Array.from({ length: limits.welcomeRooms }, (_, n) => {
      const friend = String(n).padStart(limits.userCharacters, "\\");
      return directRoom(me, friend);
    }).sort();
    for (const room of names) {
      await ports.memberships.add(me, { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
    }
    const listed: string[] = [];
    for (let more = true; more; ) {
      const after = listed.at(-1);
      const page = await hello({ action: "hello", ...(after && { after }) }, caller, ports);
      const frame = withId(page, "i".repeat(64));
      expect(bytesOf(frame)).toBeLessThanOrEqual(limits.frameBytes);
      listed.push(...page.rooms.map(({ room }) => room));
      more = page.more;
    }
    expect(listed).toEqual(names);
  });
});
