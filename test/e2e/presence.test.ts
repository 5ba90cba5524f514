/** What passes and is not stored: who is here, who is typing, how far somebody has read. */
import { describe, expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { focusTopic } from "../../lib/pubsub/topics.ts";
import { type Client, connect } from "../support/client.ts";
import { fresh } from "../support/endpoints.ts";
import { fakeGateway, ghostsIn } from "../support/fakeGateway.ts";
import { call } from "../support/http.ts";
import { look, member, roomOf } from "../support/room.ts";

const presenceOf = (user: string, client: Client) =>
  client.received("presence").flatMap((frame) => (frame.user === user ? [frame.online] : []));

describe("presence", () => {
  it("comes with the first device's subscription and goes with the last device", async () => {
    const { room, clients } = await roomOf("alice");
    const [alice] = clients;
    await look(room, alice);
    const bob = fresh("bob");
    const phone = await connect(bob);
    await phone.request("joined", { action: "join", room });
    const [came] = [await alice.next("presence")];
    expect(came).toMatchObject({ room, user: bob, online: true });

    const laptop = await connect(bob);
    await laptop.request("sync", { action: "sync", rooms: { [room]: 0 } });
    const { online, count, more } = await alice.request("who", { action: "who", room });
    expect(online).toEqual([
      { user: alice.user, connections: 1 },
      { user: bob, connections: 2 },
    ]);
    expect({ count, more }).toEqual({ count: 2, more: false });

    phone.terminate();
    await untilOnline(alice, room, 2);
    await untilAllIsSaid(room, alice);
    expect(presenceOf(bob, alice)).toEqual([true]);
    await laptop.close();
    const went = await alice.next("presence", (frame) => !frame.online);
    expect(went).toMatchObject({ room, user: bob });
    expect(went.atMs).toBeGreaterThanOrEqual(came.atMs);
    await untilAllIsSaid(room, alice);
    expect(presenceOf(bob, alice).filter((isOnline) => !isOnline)).toHaveLength(1);
    const { body } = await call("GET /rooms/{room}/online", { as: alice.user, room });
    expect(body.online).toEqual([{ user: alice.user, connections: 1 }]);
  });

  it("goes when somebody leaves, who is not told", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    await look(room, alice, bob);
    await bob.request("left", { action: "leave", room });
    const went = await alice.next("presence", ({ online }) => !online);
    expect(went).toMatchObject({ room, user: bob.user });
    await bob.settled();
    expect(bob.received("presence")).toEqual([]);
  });

  it("is told only to those who look at the room", async () => {
    const { room, clients } = await roomOf("alice", "carol");
    const { room: elsewhere, clients: others } = await roomOf("eve");
    await look(room, clients[0]);
    await look(elsewhere, ...others);
    const bob = await member("bob", room);
    expect(await clients[0].next("presence")).toMatchObject({ room, user: bob.user });
    for (const client of [clients[1], ...others]) {
      await client.settled();
      expect(client.received("presence")).toEqual([]);
    }
  });
});

/** Resolves when something later has reached a member, by the longest way that there is. */
async function untilAllIsSaid(room: string, member: Client): Promise<void> {
  await call("POST /rooms/{room}/messages", { as: member.user, room, body: { text: "so" } });
  await member.settled();
}

/** Resolves when a room has so many connections. */
async function untilOnline(client: Client, room: string, connections: number): Promise<void> {
  for (;;) {
    const { online } = await client.request("who", { action: "who", room });
    if (online.reduce((sum, user) => sum + user.connections, 0) === connections) return;
  }
}

describe("typing", () => {
  it("is shown to the others, and answered only when it has an id", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const tablet = await connect(alice.user);
    await look(room, alice, bob, tablet);
    const shown = { type: "typing", room, user: alice.user };

    alice.send({ action: "typing", room, on: true });
    expect(await bob.next("typing")).toEqual({ ...shown, on: true });
    const { id: _, ...reply } = await alice.request("typing", {
      action: "typing",
      room,
      on: false,
    });
    expect(reply).toEqual({ ...shown, on: false });
    expect(await bob.next("typing")).toEqual({ ...shown, on: false });
    await Promise.all([alice.settled(), tablet.settled()]);
    expect(alice.received("typing")).toHaveLength(1);
    expect(tablet.received("typing")).toEqual([]);
  });

  it("is shown in a direct room too, once both users have written there", async () => {
    const [alice, bob] = [await connect(fresh("alice")), await connect(fresh("bob"))];
    const { room } = await alice.request("ack", { action: "send", to: bob.user, text: "hi" });
    await bob.request("typing", { action: "typing", room, on: false });
    await bob.request("ack", { action: "send", to: alice.user, text: "hello" });
    await look(room, alice);
    await bob.request("typing", { action: "typing", room, on: true });
    expect(await alice.next("typing")).toMatchObject({ room, user: bob.user, on: true });
  });
});

/**
 * Reads on, one message at a time, until each of the others was told of a position: on a slow
 * machine a post may take too long, and nobody is told of that position again.
 */
async function readOnUntilTold(
  reader: Client,
  room: string,
  from: number,
  others: Record<string, Client>,
  write: () => Promise<unknown>,
) {
  let seq = from;
  const untold = async () => {
    for (const client of Object.values(others)) await client.settled();
    return Object.keys(others).filter((name) => others[name]?.received("read").length === 0);
  };
  const readOn = async () => {
    if ((await untold()).length === 0) return [];
    await write();
    seq += 1;
    await reader.request("read", { action: "read", room, seq });
    return untold();
  };
  await expect.poll(readOn, { message: "who was told of no position" }).toEqual([]);
}

describe("a read position", () => {
  it("moves forward only, for my other devices and for the room", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const tablet = await connect(alice.user); // subscribed to nothing but itself
    await look(room, bob);
    for (let i = 0; i < 3; i += 1) await bob.request("ack", { action: "send", room, text: "hi" });

    const position = { type: "read", room, user: alice.user };
    const read = async (seq: number) => {
      const { id: _, ...reply } = await alice.request("read", { action: "read", room, seq });
      return reply;
    };
    expect(await read(2)).toEqual({ ...position, seq: 2, n: 2 });
    expect(await read(1)).toEqual({ ...position, seq: 2, n: 2 });
    expect(await read(2)).toEqual({ ...position, seq: 2, n: 2 });
    expect(await read(0)).toEqual({ ...position, seq: 2, n: 2 });
    expect(await read(3)).toEqual({ ...position, seq: 3, n: 3 });
    expect(alice.received("read")).toHaveLength(5);
    const { rooms } = await tablet.request("welcome", { action: "hello" });
    expect(rooms).toMatchObject([{ room, seq: 3, n: 3, readSeq: 3, unread: 0 }]);

    const others = { tablet, bob };
    await readOnUntilTold(alice, room, 3, others, () =>
      bob.request("ack", { action: "send", room, text: "still there?" }),
    );
    for (const reads of Object.values(others).map((client) => client.received("read"))) {
      for (const told of reads) expect(told).toEqual({ ...position, seq: told.seq, n: told.seq });
      expect(Math.min(...reads.map((told) => told.seq))).toBeGreaterThanOrEqual(2);
      expect(new Set(reads.map((told) => told.seq)).size).toBe(reads.length);
    }
  });
});

describe("a read position in a direct room", () => {
  it("is told once to each other device of mine, and to the other user who looks", async () => {
    const [alice, bob] = [await connect(fresh("alice")), await connect(fresh("bob"))];
    const tablet = await connect(alice.user);
    const { room } = await bob.request("ack", { action: "send", to: alice.user, text: "hi" });
    await alice.request("ack", { action: "send", to: bob.user, text: "hello" });
    await look(room, alice, tablet, bob);
    await alice.request("read", { action: "read", room, seq: 1 });
    await readOnUntilTold(alice, room, 1, { tablet, bob }, () =>
      bob.request("ack", { action: "send", to: alice.user, text: "still there?" }),
    );
    for (const reads of [tablet, bob].map((client) => client.received("read"))) {
      for (const read of reads) expect(read).toMatchObject({ room, user: alice.user });
      expect(new Set(reads.map((read) => read.seq)).size).toBe(reads.length);
    }
  });
});

describe(`a room of more than ${limits.lookingConnections} connections`, () => {
  it("has presence, typing and read positions for those who look at it", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const gateway = await fakeGateway();
    gateway.release(200);
    await ghostsIn(room, gateway.url, limits.lookingConnections);
    await look(room, bob);
    const dave = await member("dave", room);
    expect(await bob.next("presence")).toMatchObject({ user: dave.user, online: true });
    await dave.request("typing", { action: "typing", room, on: true });
    expect(await bob.next("typing")).toMatchObject({ user: dave.user });
    await alice.request("ack", { action: "send", room, text: "hi" });
    await dave.request("read", { action: "read", room, seq: 1 });
    expect(await bob.next("read")).toMatchObject({ user: dave.user, seq: 1 });
    await dave.close();
    expect(await bob.next("presence")).toMatchObject({ user: dave.user, online: false });
    const types = [...gateway.frames.values()].flat().map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(["events"]));
  });
});

describe(`a room that more than ${limits.lookingConnections} connections look at`, () => {
  it("is told events, but no presence, typing or read positions", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [alice, bob] = clients;
    const gateway = await fakeGateway();
    gateway.release(200);
    await ghostsIn(room, gateway.url, limits.lookingConnections, 60_000, focusTopic(room));
    await look(room, bob); // one too many
    const dave = await member("dave", room);
    await look(room, dave);
    await alice.request("ack", { action: "send", room, text: "hi" });
    await alice.request("typing", { action: "typing", room, on: true });
    await alice.request("read", { action: "read", room, seq: 1 });
    for (const client of [bob, dave]) {
      expect(await client.next("events")).toMatchObject({ events: [{ text: "hi" }] });
      await client.settled();
      expect(client.received("typing")).toEqual([]);
      expect(client.received("read")).toEqual([]);
      expect(presenceOf(dave.user, client)).toEqual([]);
    }
    expect(gateway.frames.size).toBe(0);
  });
});
