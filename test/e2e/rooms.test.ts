/** Belonging to rooms: joining, leaving, and what those who do not belong may not do. */
import { describe, expect, it } from "vitest";
import { directRoom } from "../../lib/protocol/names.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import { type Client, connect, type Request } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { call, refused } from "../support/http.ts";
import { logOf, pushedTo, roomOf, untilPushed } from "../support/room.ts";

/** Everything that needs membership, over a socket. */
const uses = (room: string): Request[] => [
  { action: "send", room, text: "hi" },
  { action: "history", room },
  { action: "read", room, seq: 1 },
  { action: "typing", room, on: true },
  { action: "who", room },
];
const httpUses = [
  ["POST /rooms/{room}/messages", { text: "hi" }],
  ["GET /rooms/{room}/events", undefined],
  ["GET /rooms/{room}/online", undefined],
] as const;

async function expectAllRefused(client: Client, room: string, code: string) {
  for (const use of uses(room)) {
    expect(await client.request("error", use), use.action).toMatchObject({ code });
  }
  const refusedRoom = [{ room, error: { code } }];
  const synced = await client.request("sync", { action: "sync", rooms: { [room]: 0 } });
  expect(synced.rooms).toMatchObject(refusedRoom);
  const focused = await client.request("focused", { action: "focus", rooms: [room] });
  expect(focused.rooms).toMatchObject(refusedRoom);
  for (const [route, body] of httpUses) {
    const refusal = await refused(route, { as: client.user, room, body });
    expect(refusal, route).toMatchObject({ code });
  }
}

/** Whether a frame says nothing but that something, or each of its rooms, is refused. */
const isRefusal = (frame: ServerFrame): boolean =>
  frame.type === "error" ||
  ("rooms" in frame && frame.rooms.length > 0 && frame.rooms.every((room) => "error" in room));

describe("a public room", () => {
  it("refuses every use to who is no member, like no room at all (promise 7)", async () => {
    const { room, clients } = await roomOf("alice");
    const [alice] = clients;
    const eve = await connect(fresh("eve"));
    await alice.request("ack", { action: "send", room, text: "among us" });
    await expectAllRefused(eve, room, "not_member");
    await expectAllRefused(eve, fresh("nowhere"), "not_member");

    await call("POST /rooms/{room}/messages", { as: alice.user, room, body: { text: "still" } });
    await eve.settled();
    expect(pushedTo(eve)).toEqual([]);
    await alice.settled();
    expect(alice.frames.map(({ type }) => type)).not.toContain("typing");
    expect((await logOf(room, alice)).map(({ text }) => text)).toEqual(["among us", "still"]);
  });

  it("may be read whole by who joins, with the read position at the head", async () => {
    const { room, clients } = await roomOf("alice");
    const bob = await connect(fresh("bob"));
    await clients[0].request("ack", { action: "send", room, text: "hi" });
    const joined = await bob.request("joined", { action: "join", room });
    expect(joined).toMatchObject({ room, seq: 1, n: 1, online: 2 });
    expect(await logOf(room, bob)).toHaveLength(1);
    const { tag } = await clients[0].request("ack", { action: "send", room, text: "hi" });
    const { rooms } = await bob.request("welcome", { action: "hello" });
    expect(rooms).toEqual([{ room, seq: 2, n: 2, tag, readSeq: 1, mentions: 0, unread: 1 }]);
  });

  it("is joined again without harm: the read position stays", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    await alice.request("ack", { action: "send", room, text: "hi" });
    await bob.request("joined", { action: "join", room });
    const { rooms } = await bob.request("welcome", { action: "hello" });
    expect(rooms).toMatchObject([{ readSeq: 0, unread: 1 }]);
    await call("POST /rooms/{room}/messages", { as: alice.user, room, body: { text: "hi" } });
    await bob.settled();
    expect(pushedTo(bob).filter(({ seq }) => seq === 2)).toHaveLength(1);
  });

  it("tells my other devices that I joined and that I left", async () => {
    const [phone, tablet] = await devicesOf("alice");
    const room = fresh("room");
    const { id: _joinedId, ...joined } = await phone.request("joined", { action: "join", room });
    expect(await tablet.next("joined")).toEqual(joined);
    const { id: _leftId, ...left } = await phone.request("left", { action: "leave", room });
    expect(await tablet.next("left")).toEqual(left);
  });

  it("pushes nothing more to any device of who has left (promise 7)", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const tablet = await connect(bob.user);
    await tablet.request("sync", { action: "sync", rooms: { [room]: 0 } });
    await bob.request("left", { action: "leave", room });
    await call("POST /rooms/{room}/messages", { as: alice.user, room, body: { text: "gone?" } });
    for (const device of [bob, tablet]) {
      await device.settled();
      expect(pushedTo(device)).toEqual([]);
      await expectAllRefused(device, room, "not_member");
    }
    const { rooms } = await bob.request("welcome", { action: "hello" });
    expect(rooms).toEqual([]);
    expect(await tablet.request("left", { action: "leave", room })).toMatchObject({ room });
  });
});

describe("a direct room", () => {
  it("refuses every use to others, before and after its first message (promise 7)", async () => {
    const [alice, bob, eve] = [fresh("alice"), fresh("bob"), await connect(fresh("eve"))];
    const room = directRoom(alice, bob);
    const tryAll = async () => {
      await expectAllRefused(eve, room, "forbidden");
      for (const action of ["join", "leave"] as const) {
        expect(await eve.request("error", { action, room })).toMatchObject({ code: "forbidden" });
      }
    };
    await tryAll();
    const sender = await connect(alice);
    await sender.request("ack", { action: "send", to: bob, text: "hi" });
    await tryAll();
    expect(await logOf(room, sender)).toHaveLength(1);
    expect(eve.frames.filter((frame) => !isRefusal(frame))).toEqual([]);
  });

  it("is neither joined nor left by its own two", async () => {
    const alice = await connect(fresh("alice"));
    const room = directRoom(alice.user, fresh("bob"));
    for (const action of ["join", "leave"] as const) {
      expect(await alice.request("error", { action, room })).toMatchObject({ code: "forbidden" });
    }
    const { rooms } = await alice.request("welcome", { action: "hello" });
    expect(rooms).toEqual([]);
  });

  it("reaches every device of both, none of which subscribed (promise 4)", async () => {
    const [alice, tablet] = await devicesOf("alice");
    const [bob, laptop] = await devicesOf("bob");
    const room = directRoom(alice.user, bob.user);
    const ack = await alice.request("ack", { action: "send", to: bob.user, text: "hi" });
    expect(ack).toMatchObject({ room, seq: 1, n: 1 });
    const answer = { action: "send", room, text: "hello" } as const;
    expect(await bob.request("ack", answer)).toMatchObject({ room, seq: 2 });

    const log = await logOf(room, alice);
    expect(log.map(({ from, text }) => [from, text])).toEqual([
      [alice.user, "hi"],
      [bob.user, "hello"],
    ]);
    expect(await untilPushed(tablet, 2)).toEqual(log);
    expect(await untilPushed(laptop, 2)).toEqual(log);
    expect(await untilPushed(alice, 1)).toEqual(log.slice(1));
    expect(await untilPushed(bob, 1)).toEqual(log.slice(0, 1));
  });

  it("is made once by two who write to each other at once (promises 1, 5)", async () => {
    const [alice, bob] = [await connect(fresh("alice")), await connect(fresh("bob"))];
    const acks = await Promise.all([
      alice.request("ack", { action: "send", to: bob.user, text: "hi" }),
      bob.request("ack", { action: "send", to: alice.user, text: "hi" }),
    ]);
    expect(acks.map(({ seq }) => seq).sort()).toEqual([1, 2]);
    for (const [client, { seq }] of [[alice, acks[0]] as const, [bob, acks[1]] as const]) {
      expect(await untilPushed(client, 1)).toHaveLength(1);
      const { rooms } = await client.request("welcome", { action: "hello" });
      const unread = seq === 2 ? 0 : 2; // nothing where the newest message is one's own
      expect(rooms).toMatchObject([{ room: acks[0].room, seq: 2, unread }]);
    }
  });

  it("with oneself reaches each other device once", async () => {
    const [alice, tablet] = await devicesOf("alice");
    const note = { action: "send", to: alice.user, text: "milk" } as const;
    const { room } = await alice.request("ack", note);
    expect(room).toBe(directRoom(alice.user, alice.user));
    await call("POST /rooms/{room}/messages", { as: alice.user, room, body: { text: "eggs" } });
    await tablet.settled();
    expect(pushedTo(tablet).map(({ text }) => text)).toEqual(["milk", "eggs"]);
  });
});

async function devicesOf(name: string): Promise<[Client, Client]> {
  const user = fresh(name);
  return [await connect(user), await connect(user)];
}
