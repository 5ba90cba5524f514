/** Coming back: what was sent meanwhile is there, and `hello` says where (promise 5). */
import { expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { look, memberOf, roomOf } from "../support/room.ts";
import { onlySynced } from "../support/syncReply.ts";

it("lists and returns direct messages to somebody who was never here (promise 5)", async () => {
  const alice = await connect(fresh("alice"));
  const bob = fresh("bob");
  const room = directRoom(alice.user, bob);
  for (const text of ["hi", "there?"]) {
    await alice.request("ack", { action: "send", to: bob, text });
  }
  const client = await connect(bob);
  const { rooms, more } = await client.request("welcome", { action: "hello" });
  expect({ rooms, more }).toEqual({
    rooms: [{ room, seq: 2, n: 2, tag: expect.any(String), readSeq: 0, mentions: 0, unread: 2 }],
    more: false,
  });
  const synced = await client.request("sync", { action: "sync", rooms: { [room]: 0 } });
  const { events } = onlySynced(synced);
  expect(events.map(({ text }) => text)).toEqual(["hi", "there?"]);
  expect(client.received("events")).toEqual([]);
});

it("lists and returns what a room said while a member was away (promises 4, 5)", async () => {
  const { room, clients } = await roomOf("alice", "bob");
  const [alice, bob] = clients;
  await alice.request("ack", { action: "send", room, text: "seen" });
  await bob.request("read", { action: "read", room, seq: 1 });
  await look(room, alice);
  bob.terminate();
  await alice.next("presence", ({ user, online }) => user === bob.user && !online);
  for (const text of ["one", "two"]) await alice.request("ack", { action: "send", room, text });

  const back = await connect(bob.user);
  const { rooms } = await back.request("welcome", { action: "hello" });
  const tag = expect.any(String);
  expect(rooms).toEqual([{ room, seq: 3, n: 3, tag, readSeq: 1, mentions: 0, unread: 2 }]);
  const synced = await back.request("sync", { action: "sync", rooms: { [room]: 1 } });
  const { events } = onlySynced(synced);
  expect(events.map(({ text }) => text)).toEqual(["one", "two"]);
  await alice.request("ack", { action: "send", room, text: "three" });
  expect(await back.next("events")).toMatchObject({ room, events: [{ seq: 4, text: "three" }] });
});

it("lists more than 100 rooms in pages, by name", async () => {
  const alice = await connect(fresh("alice"));
  const prefix = fresh("r");
  const rooms = Array.from(
    { length: limits.welcomeRooms + 1 },
    (_, i) => `${prefix}-${String(i).padStart(3, "0")}`,
  );
  await memberOf(rooms, alice.user);
  const first = await alice.request("welcome", { action: "hello" });
  expect(first.rooms.map(({ room }) => room)).toEqual(rooms.slice(0, limits.welcomeRooms));
  expect(first.more).toBe(true);
  const after = first.rooms.at(-1)?.room;
  const second = await alice.request("welcome", { action: "hello", after });
  expect(second.rooms.map(({ room }) => room)).toEqual(rooms.slice(limits.welcomeRooms));
  expect(second.more).toBe(false);
});

it("answers a sync of many rooms in one frame, and a refused one harms no other", async () => {
  const { room, clients } = await roomOf("alice");
  const [alice] = clients;
  const own = directRoom(alice.user, alice.user);
  const others = directRoom("bob", "carol");
  await alice.request("ack", { action: "send", room, text: "hi" });
  const rooms = { [room]: 0, [own]: 0, [others]: 0, nowhere: 0, [`${room}-2`]: 5 };
  const reply = await alice.request("sync", { action: "sync", rooms });
  expect(reply).toMatchObject({
    rooms: [
      { room, events: [{ text: "hi" }], seq: 1, n: 1, complete: true },
      { room: own, events: [], seq: 0, n: 0, complete: true },
      { room: others, error: { code: "forbidden" } },
      { room: "nowhere", error: { code: "not_member" } },
      { room: `${room}-2`, error: { code: "not_member" } },
    ],
    later: [],
  });
  await alice.settled();
  expect(alice.received("sync")).toEqual([reply]);
});
