/**
 * Joining, leaving, syncing and being forgotten: who hears a room, and who must not (promises 4 and
 * 7).
 */
import { describe, expect, it } from "vitest";
import { disconnect } from "../../lib/actions/connections/disconnect.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { onlySynced } from "../support/syncReply.ts";
import { look, type World, world } from "../support/world.ts";

const general = { action: "join", room: "general" } as const;
const say = (caller: ConnectedCaller, { ports }: World, text = "hello") =>
  send({ room: "general", text }, caller, ports, { publishMs: 1_000 });
const syncOf = (rooms: Record<string, number>) => ({ action: "sync", rooms }) as const;

describe("join", () => {
  it("tells the user's other connections, so that they can sync", async () => {
    const here = world();
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    const joined = await join(general, laptop, here.ports);
    expect(joined).toEqual({ type: "joined", room: "general", seq: 0, n: 0, online: 1 });
    expect(here.received(phone)).toEqual([joined]);
    expect(here.received(laptop)).toEqual([]);
  });

  it("starts the read position at the head, and keeps it when repeated", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    await join(general, alice, here.ports);
    await say(alice, here);
    await join(general, bob, here.ports);
    await say(alice, here);
    await join(general, bob, here.ports);
    expect(await here.ports.memberships.find("bob", "general")).toMatchObject({
      readSeq: 1,
      readN: 1,
    });
  });

  it("shows a user's presence once for each connection that comes to hear the room", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    await join(general, alice, here.ports);
    await look(here, alice, "general");
    await join(general, bob, here.ports);
    await join(general, bob, here.ports);
    const presence = expect.objectContaining({ type: "presence", user: "bob", online: true });
    expect(here.received(alice)).toEqual([presence]);
  });

  it.each(["dm:alice:bob", "dm:bob:carol"])("is not for the direct room %s", async (room) => {
    const here = world();
    const alice = await here.as("alice");
    const joining = join({ action: "join", room }, alice, here.ports);
    await expect(joining).rejects.toMatchObject({ code: "forbidden" });
  });

  it("ends a connection that the service does not know", async () => {
    const here = world();
    const alice = await here.as("alice");
    await here.ports.connections.removeAll(["alice-1"]);
    await expect(join(general, alice, here.ports)).rejects.toMatchObject({ code: "forgotten" });
  });

  it("refuses one room more than a connection can hear", async () => {
    const here = world();
    const alice = await here.as("alice");
    for (let n = 1; n < limits.topicsPerConnection; n += 1) {
      await join({ action: "join", room: `r${n}` }, alice, here.ports);
    }
    await expect(join(general, alice, here.ports)).rejects.toMatchObject({ code: "forbidden" });
    expect((await here.ports.connections.find("alice-1"))?.topics).not.toContain("room:general");
  });
});

describe("leave", () => {
  it("silences every connection of the user, and tells the others", async () => {
    const here = world();
    const [laptop, phone, bob] = [
      await here.as("alice"),
      await here.as("alice"),
      await here.as("bob"),
    ];
    for (const caller of [laptop, phone, bob]) await join(general, caller, here.ports);
    for (const caller of [laptop, phone, bob]) {
      await look(here, caller, "general");
      here.received(caller);
    }
    await leave({ action: "leave", room: "general" }, laptop, here.ports);
    await say(bob, here);
    expect(here.received(laptop)).toEqual([]);
    expect(here.received(phone)).toEqual([{ type: "left", room: "general" }]);
    const [offline, ...events] = here.received(bob);
    expect(offline).toMatchObject({ type: "presence", user: "alice", online: false });
    expect(events).toHaveLength(1);
  });

  it("completes for a non-member, so that a retry does, and shows nobody offline", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    await join(general, bob, here.ports);
    await look(here, bob, "general");
    const left = await leave({ action: "leave", room: "general" }, alice, here.ports);
    expect(left).toEqual({ type: "left", room: "general" });
    expect(here.received(bob)).toEqual([]);
  });
});

describe("sync", () => {
  it("returns what came after the cursor, and pushes from then on", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    await join(general, alice, here.ports);
    await join(general, bob, here.ports);
    await say(alice, here, "one");
    await disconnect("bob-1", here.ports);
    await say(alice, here, "two");
    const back = await here.as("bob");
    const reply = await sync(syncOf({ general: 1 }), back, here.ports);
    expect(onlySynced(reply)).toMatchObject({ events: [{ text: "two" }], seq: 2, complete: true });
    await say(alice, here, "three");
    expect(here.received(back)).toMatchObject([{ events: [{ text: "three" }] }]);
  });

  it("writes nothing when the connection hears the room already", async () => {
    const here = world();
    const alice = await here.as("alice");
    await join(general, alice, here.ports);
    const write = () => {
      throw new Error("a write");
    };
    Object.assign(here.ports.connections, {
      addTopics: write,
      confirmTopics: write,
      withdrawTopic: write,
      removeTopic: write,
    });
    Object.assign(here.ports.subscriptions, { hear: write, withhold: write });
    const reply = await sync(syncOf({ general: 0 }), alice, here.ports);
    expect(onlySynced(reply)).toMatchObject({ complete: true });
  });

  it("answers for each room, refusing one without harm to the others", async () => {
    const here = world();
    const alice = await here.as("alice");
    await join(general, alice, here.ports);
    const rooms = {
      general: 0,
      secret: 0,
      "dm:bob:carol": 0,
      "dm:alice:bob": 0,
      "dm:alice:zoe": 1,
    };
    expect(await sync(syncOf(rooms), alice, here.ports)).toMatchObject({
      rooms: [
        { room: "general", events: [], seq: 0, n: 0, complete: true },
        { room: "secret", error: { code: "not_member" } },
        { room: "dm:bob:carol", error: { code: "forbidden" } },
        { room: "dm:alice:bob", events: [], seq: 0, n: 0, complete: true },
        { room: "dm:alice:zoe", error: { code: "bad_request" } },
      ],
      later: [],
    });
  });

  it("lets no gap between what it returns and what is pushed (promise 4)", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    await join(general, alice, here.ports);
    await here.ports.memberships.add("bob", {
      room: "general",
      joinedAtMs: 0,
      readSeq: 0,
      readN: 0,
    });
    // An event is appended just before, and another just after, the log is read.
    const { list } = here.ports.log;
    here.ports.log.list = async (room, range) => {
      if (range.order !== "oldest first") return list(room, range);
      here.ports.log.list = list;
      await say(alice, here, "before");
      const events = await list(room, range);
      await say(alice, here, "after");
      return events;
    };
    const { events: synced } = onlySynced(await sync(syncOf({ general: 0 }), bob, here.ports));
    const pushed = here
      .received(bob)
      .flatMap((frame) => (frame.type === "events" ? frame.events : []));
    const seen = new Set([...synced, ...pushed].map(({ seq }) => seq));
    expect(seen).toEqual(new Set([1, 2]));
  });
});
