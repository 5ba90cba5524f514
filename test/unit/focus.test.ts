/** Looking at rooms: who is shown hints, and until when (promise 7). */

import { describe, expect, it } from "vitest";
import { disconnect } from "../../lib/actions/connections/disconnect.ts";
import { send } from "../../lib/actions/messages/send.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { focus } from "../../lib/actions/people/focus.ts";
import { read } from "../../lib/actions/people/read.ts";
import { typing } from "../../lib/actions/people/typing.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import type { ConnectedCaller } from "../../lib/model.ts";
import { withId } from "../../lib/protocol/envelope.ts";
import { bytesOf } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { focusTopic, roomTopic } from "../../lib/pubsub/topics.ts";
import { removeMembership } from "../support/removeMembership.ts";
import { behindOnce, look, type World, world } from "../support/world.ts";

const joins = (caller: ConnectedCaller, { ports }: World, room = "general") =>
  join({ action: "join", room }, caller, ports);
const leaves = (caller: ConnectedCaller, { ports }: World) =>
  leave({ action: "leave", room: "general" }, caller, ports);
const types = (caller: ConnectedCaller, { ports }: World, room = "general") =>
  typing({ action: "typing", room, on: true }, caller, ports);
const lookersAt = async ({ ports }: World, room: string) => {
  const { found } = await ports.subscriptions.listSome(focusTopic(room), 100);
  return found.map(({ connectionId }) => connectionId);
};

/** Alice and bob in a room, each on one connection. */
async function pair() {
  const here = world();
  const [alice, bob] = [await here.as("alice"), await here.as("bob")];
  for (const caller of [alice, bob]) await joins(caller, here);
  return { here, alice, bob };
}

describe("focus", () => {
  it("answers who is online and how far the others have read", async () => {
    const { here, alice, bob } = await pair();
    await send({ room: "general", text: "hi" }, alice, here.ports, { publishMs: 1_000 });
    await read({ action: "read", room: "general", seq: 1 }, bob, here.ports);
    const online = ["alice", "bob"].map((user) => ({ user, connections: 1 }));
    const reads = [{ user: "bob", seq: 1, n: 1 }];
    expect(await focus({ action: "focus", rooms: ["general"] }, alice, here.ports)).toEqual({
      type: "focused",
      rooms: [{ room: "general", online, reads }],
    });
  });

  it("answers for each room in turn, and one that is refused harms no other", async () => {
    const { here, alice } = await pair();
    const rooms = await look(here, alice, "lobby", "general", "dm:bob:carol");
    expect(rooms).toMatchObject([
      { room: "lobby", error: { code: "not_member", retryable: false } },
      { room: "general", online: { length: 2 } },
      { room: "dm:bob:carol", error: { code: "forbidden", retryable: false } },
    ]);
    for (const room of ["lobby", "dm:bob:carol"]) expect(await lookersAt(here, room)).toEqual([]);
  });

  it("replaces what the connection looked at before, and ends with an empty list", async () => {
    const { here, alice } = await pair();
    await joins(alice, here, "lobby");
    await look(here, alice, "general", "dm:alice:bob");
    await look(here, alice, "lobby", "general");
    expect(await lookersAt(here, "general")).toEqual(["alice-1"]);
    expect(await lookersAt(here, "lobby")).toEqual(["alice-1"]);
    expect(await lookersAt(here, "dm:alice:bob")).toEqual([]);
    expect(await look(here, alice)).toEqual([]);
    for (const room of ["general", "lobby"]) expect(await lookersAt(here, room)).toEqual([]);
    const known = await here.ports.connections.find("alice-1");
    expect([...(known?.topics.keys() ?? [])].sort()).toEqual([
      "room:general",
      "room:lobby",
      "user:alice",
    ]);
  });

  it("writes nothing when it is asked again for what the connection looks at", async () => {
    const { here, alice } = await pair();
    await look(here, alice, "general");
    const write = () => {
      throw new Error("a write");
    };
    Object.assign(here.ports.connections, { replaceTopics: write });
    Object.assign(here.ports.subscriptions, {
      reserve: write,
      confirm: write,
      removeAll: write,
    });
    expect(await look(here, alice, "general")).toMatchObject([{ online: { length: 2 } }]);
  });

  it("is completed by its retry when it was killed on the way", async () => {
    const { here, alice } = await pair();
    const { confirm } = here.ports.subscriptions;
    here.ports.subscriptions.confirm = async () => {
      throw new Error("killed");
    };
    await expect(look(here, alice, "general")).rejects.toThrow("killed");
    here.ports.subscriptions.confirm = confirm;
    expect(await lookersAt(here, "general")).toEqual([]);
    await look(here, alice, "general");
    expect(await lookersAt(here, "general")).toEqual(["alice-1"]);
  });

  it("is one connection's own: another of the user's is shown nothing", async () => {
    const { here, alice, bob } = await pair();
    const tablet = await here.as("alice");
    await joins(tablet, here);
    await look(here, alice, "general");
    for (const caller of [alice, tablet]) here.received(caller);
    await types(bob, here);
    expect([alice, tablet].map((caller) => here.received(caller).length)).toEqual([1, 0]);
  });

  it("does not make the connection hear the room", async () => {
    const { here, alice, bob } = await pair();
    const tablet = await here.as("alice");
    await look(here, tablet, "general");
    await send({ room: "general", text: "hi" }, bob, here.ports, { publishMs: 1_000 });
    expect(here.received(tablet)).toEqual([]);
    const [view] = await look(here, alice, "general");
    expect(view).toMatchObject({ online: [{ user: "alice", connections: 1 }, { user: "bob" }] });
  });

  it("finds four places on a connection that hears as many rooms as it can", async () => {
    const here = world();
    const alice = await here.as("alice");
    const rooms = Array.from({ length: limits.topicsPerConnection - 1 }, (_, n) => `r${n}`);
    for (const room of rooms) await joins(alice, here, room);
    const views = await look(here, alice, ...rooms.slice(0, limits.focusRooms));
    expect(views.map((view) => "error" in view)).toEqual([false, false, false, false]);
    await expect(joins(alice, here)).rejects.toMatchObject({ code: "forbidden" });
  });

  it("ends a connection that the service does not know", async () => {
    const { here, alice } = await pair();
    await here.ports.connections.removeAll(["alice-1"]);
    await expect(look(here, alice, "general")).rejects.toMatchObject({ code: "forgotten" });
  });

  it("fits a frame with four rooms of the longest names, users and positions", async () => {
    const here = world();
    const alice = await here.as("alice");
    const long = (n: number) => String(n).padStart(limits.userCharacters, '"');
    const rooms = ["a", "b", "c"].map((name) => name.repeat(64));
    const last = Number.MAX_SAFE_INTEGER;
    for (const room of rooms) {
      await joins(alice, here, room);
      for (let n = 0; n < limits.readersShown - 1; n += 1) {
        const membership = { room, joinedAtMs: 0, readSeq: last, readN: last };
        await here.ports.memberships.add(long(n), membership);
        const { connection } = await here.as(long(n));
        await here.ports.subscriptions.put({ ...connection, topic: roomTopic(room), shard: 0 });
      }
    }
    const all = [...rooms, directRoom("alice", long(0))];
    const focused = await focus({ action: "focus", rooms: all }, alice, here.ports);
    const bytes = bytesOf(withId(focused, "i".repeat(64)));
    expect(bytes).toBeLessThanOrEqual(limits.frameBytes);
    expect(bytes).toBeGreaterThan(limits.frameBytes / 2);
    for (const view of focused.rooms.slice(0, 3)) {
      expect("online" in view && [view.online.length > 2, view.reads.length > 2]).toEqual([
        true,
        true,
      ]);
    }
  });
});

describe("a direct room that is looked at", () => {
  const room = "dm:alice:bob";

  it("says how far the other user has read once both have written", async () => {
    const here = world();
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    const says = (caller: ConnectedCaller) =>
      send({ room, text: "hi" }, caller, here.ports, { publishMs: 1_000 });
    const reads = async () => {
      const [view] = await look(here, bob, room);
      return view && "reads" in view ? view.reads : undefined;
    };
    await says(alice);
    await read({ action: "read", room, seq: 1 }, alice, here.ports);
    expect(await reads()).toEqual([]);
    await says(bob);
    expect(await reads()).toEqual([{ user: "alice", seq: 1, n: 1 }]);
  });

  it("shows the other's typing to the connections that look, and not to the rest", async () => {
    const here = world();
    const [alice, bob, tablet] = [
      await here.as("alice"),
      await here.as("bob"),
      await here.as("bob"),
    ];
    for (const caller of [alice, bob]) {
      await send({ room, text: "hi" }, caller, here.ports, { publishMs: 1_000 });
    }
    await look(here, bob, room);
    for (const caller of [bob, tablet]) here.received(caller);
    await types(alice, here, room);
    expect(here.received(bob)).toMatchObject([{ type: "typing", room, user: "alice" }]);
    expect(here.received(tablet)).toEqual([]);
  });
});

describe("looking at a room ends", () => {
  it("with a leave, on every connection of the user (promise 7)", async () => {
    const { here, alice, bob } = await pair();
    const tablet = await here.as("alice");
    for (const caller of [alice, tablet, bob]) await look(here, caller, "general");
    await leaves(tablet, here);
    expect(await lookersAt(here, "general")).toEqual(["bob-1"]);
    for (const caller of [alice, tablet]) here.received(caller);
    await types(bob, here);
    await joins(await here.as("carol"), here);
    for (const caller of [alice, tablet]) expect(here.received(caller)).toEqual([]);
    const known = await here.ports.connections.find("alice-1");
    expect([...(known?.topics.keys() ?? [])]).toEqual(["user:alice"]);
  });

  it.each([
    ["leave", leaves],
    [
      "sync",
      (caller: ConnectedCaller, { ports }: World) =>
        sync({ action: "sync", rooms: { general: 0 } }, caller, ports),
    ],
    ["focus", (caller: ConnectedCaller, here: World) => look(here, caller, "general")],
  ] as const)("with the next %s after a leave that was killed half-way", async (_, next) => {
    const { here, alice } = await pair();
    await look(here, alice, "general");
    await removeMembership(here.ports.memberships, "alice", "general");
    await next(alice, here);
    expect(await lookersAt(here, "general")).toEqual([]);
    const known = await here.ports.connections.find("alice-1");
    expect([...(known?.topics.keys() ?? [])]).toEqual(["user:alice"]);
  });

  it.each([
    ["subscriptions", "reserve"],
    ["connections", "replaceTopics"],
    ["memberships", "find"],
  ] as const)("with a leave that comes behind its %s.%s", async (port, method) => {
    const { here, alice } = await pair();
    const tablet = await here.as("alice");
    behindOnce(here.ports[port], method, () => leaves(tablet, here));
    const [view] = await look(here, alice, "general");
    expect(view).toMatchObject({ error: { code: "not_member" } });
    expect(await lookersAt(here, "general")).toEqual([]);
  });

  it("with the connection, of which nothing is left", async () => {
    const { here, alice, bob } = await pair();
    for (const caller of [alice, bob]) await look(here, caller, "general");
    await disconnect("alice-1", here.ports);
    expect(await lookersAt(here, "general")).toEqual(["bob-1"]);
  });

  it("for a connection that a hint finds gone, and those who look are told so", async () => {
    const { here, alice, bob } = await pair();
    const carol = await here.as("carol");
    await joins(carol, here);
    for (const caller of [alice, bob]) await look(here, caller, "general");
    here.pass(limits.handshakeMs);
    here.received(bob);
    here.ports.sockets.answer("alice-1", "gone");
    await types(carol, here);
    expect(await lookersAt(here, "general")).toEqual(["bob-1"]);
    expect(here.received(bob)).toMatchObject([
      { type: "typing", user: "carol" },
      { type: "presence", user: "alice", online: false },
    ]);
  });
});

describe("presence of a room that is looked at", () => {
  it("reads nothing of a user's connections while nobody looks", async () => {
    const { here } = await pair();
    const { listShard } = here.ports.subscriptions;
    const topics: string[] = [];
    here.ports.subscriptions.listShard = (topic, ...rest) => {
      topics.push(topic);
      return listShard(topic, ...rest);
    };
    await disconnect("alice-1", here.ports);
    expect(topics).toEqual([]);
  });

  it("does not take a connection that is about to hear the room for one that does", async () => {
    const { here, alice, bob } = await pair();
    await here.as("alice");
    await look(here, bob, "general");
    here.received(bob);
    // The tablet has noted the room when the laptop goes, and is refused when alice has left.
    await here.ports.connections.addTopics("alice-2", new Map([["room:general", 0]]), 9);
    await disconnect(alice.connection.connectionId, here.ports);
    expect(here.received(bob)).toMatchObject([{ user: "alice", online: false }]);
  });
});
