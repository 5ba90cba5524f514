/** Fan-out: what becomes of each answer, and that no recipient can harm another (promise 8). */

import { describe, expect, it } from "vitest";
import { publishToRoom, publishToUser } from "../../lib/actions/publish.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { parseRoom } from "../../lib/protocol/names.ts";
import type { PublishPorts, Selection } from "../../lib/pubsub/deliver.ts";
import { look, world } from "../support/world.ts";

const frame = { type: "pong", atMs: 1 } as const;

/** A room with these users in it, each connected once, their handshakes long over. */
async function roomOf(...users: string[]) {
  const { ports, ...rest } = world();
  const callers = [];
  for (const user of users) {
    const caller = await rest.as(user);
    await join({ action: "join", room: "general" }, caller, ports);
    callers.push(caller);
  }
  rest.pass(limits.handshakeMs);
  for (const caller of callers) rest.received(caller);
  return { ports, callers, ...rest };
}
async function toRoom(ports: PublishPorts, selection: Selection = {}, room = "general") {
  const delivery = await publishToRoom(ports, parseRoom(room), frame, selection);
  if (delivery === "too large") throw new Error("the room is too large");
  return delivery;
}

describe("publish", () => {
  it("posts to each connection once, through its own gateway (promise 11)", async () => {
    const { ports, as, received } = await roomOf("alice", "bob");
    const phone = await as("alice");
    const asked: string[] = [];
    const { post } = ports.sockets;
    ports.sockets.post = async (to, bytes, withinMs) => {
      asked.push(`${to.gateway} ${to.connectionId}`);
      return post(to, bytes, withinMs);
    };
    const delivery = await publishToUser(ports, "alice", frame);
    expect(delivery).toMatchObject({ delivered: 2, gone: 0, skipped: 0 });
    expect(asked.sort()).toEqual(["http://gateway-1 alice-1", "http://gateway-2 alice-2"]);
    expect(received(phone)).toEqual([frame]);
  });

  it("leaves out the connection that it is told to", async () => {
    const { ports, callers, received } = await roomOf("alice", "bob");
    await toRoom(ports, { exceptConnection: "alice-1" });
    expect(callers.map((caller) => received(caller).length)).toEqual([0, 1]);
  });

  it("forgets who is gone, tells those who look, and nobody else notices", async () => {
    const { ports, callers, received } = await roomOf("alice", "bob", "carol");
    for (const caller of callers) await look({ ports }, caller, "general");
    ports.sockets.answer("bob-1", "gone");
    const { delivered, gone } = await toRoom(ports);
    expect([delivered, gone]).toEqual([2, 1]);
    expect(await ports.connections.find("bob-1")).toBeUndefined();
    const offline = expect.objectContaining({ type: "presence", user: "bob", online: false });
    const [alice, , carol] = callers;
    if (!alice || !carol) throw new Error("nobody there");
    for (const caller of [alice, carol]) expect(received(caller)).toEqual([frame, offline]);
    expect((await toRoom(ports)).delivered).toBe(2);
    const postsToBob = ports.sockets.attempts.filter((id) => id === "bob-1");
    expect(postsToBob).toHaveLength(1); // the frame that found him gone
  });

  it("keeps a connection that answers gone while its handshake may be running", async () => {
    const { ports, as, reports } = await roomOf("alice");
    await as("bob");
    ports.sockets.answer("bob-1", "gone");
    const delivery = await publishToUser(ports, "bob", frame);
    expect(delivery).toMatchObject({ gone: 0, unready: 1, skipped: 0 });
    expect(await ports.connections.find("bob-1")).toBeDefined();
    expect(reports).toEqual([]); // it happens all the time
  });

  it.each([
    ["throttled", 3],
    ["failed", 2],
    ["refused", 1],
  ] as const)("tries a %s post %i times, then skips the connection", async (result, tries) => {
    const { ports, callers, received, reports } = await roomOf("alice", "bob");
    const before = ports.sockets.attempts.length;
    ports.sockets.answer("bob-1", result);
    const delivery = await toRoom(ports);
    expect(delivery).toMatchObject({ delivered: 1, gone: 0, skipped: 1 });
    const attempts = ports.sockets.attempts.slice(before);
    expect(attempts.filter((id) => id === "bob-1")).toHaveLength(tries);
    expect(await ports.connections.find("bob-1")).toBeDefined();
    expect(callers[0] && received(callers[0])).toEqual([frame]);
    expect(reports).toContainEqual(expect.objectContaining({ what: "recipients skipped" }));
  });

  it("logs one line for each delivery, with counts by gateway", async () => {
    const { ports, as, reports } = await roomOf();
    for (const user of ["alice", "bob", "carol"]) {
      for (const _device of [1, 2]) {
        await join({ action: "join", room: "general" }, await as(user), ports);
      }
    }
    for (const user of ["alice", "bob", "carol"]) ports.sockets.answer(`${user}-1`, "refused");
    for (const user of ["alice", "bob"]) ports.sockets.answer(`${user}-2`, "throttled");
    await toRoom(ports);
    expect(reports).toEqual([
      { what: "posts refused", details: { type: "pong", byGateway: { "http://gateway-1": 3 } } },
      {
        what: "recipients skipped",
        details: { type: "pong", skipped: 5, left: 0, byGateway: { "http://gateway-2": 2 } },
      },
    ]);
  });

  it("logs one line when the rooms of who is gone cannot be told, however many", async () => {
    const { ports, as, pass, reports } = await roomOf();
    const [alice, bob] = [await as("alice"), await as("bob")];
    for (const caller of [alice, bob]) {
      for (const room of ["general", "lobby", "kitchen"]) {
        await join({ action: "join", room }, caller, ports);
      }
    }
    await look({ ports }, bob, "general", "lobby", "kitchen");
    pass(limits.handshakeMs);
    ports.sockets.answer("alice-1", "gone");
    ports.sockets.answer("bob-1", "refused");
    await publishToUser(ports, "alice", frame);
    expect(reports).toEqual([
      {
        what: "posts refused",
        details: { type: "presence", byGateway: { "http://gateway-1": 3 } },
      },
      expect.objectContaining({ what: "recipients skipped" }),
    ]);
  });

  it("forgives a 410 until the handshake must be over, and not a moment longer", async () => {
    for (const [ageMs, counted] of [
      [limits.handshakeMs - 1, "unready"],
      [limits.handshakeMs, "gone"],
    ] as const) {
      const { ports, as, pass } = await roomOf();
      await as("bob");
      ports.sockets.answer("bob-1", "gone");
      pass(ageMs);
      expect(await publishToUser(ports, "bob", frame)).toMatchObject({ [counted]: 1 });
      expect((await ports.connections.find("bob-1")) === undefined).toBe(counted === "gone");
    }
  });

  it("delivers when a second try succeeds", async () => {
    const { ports } = await roomOf("bob");
    let tries = 0;
    ports.sockets.answer("bob-1", () => (++tries === 1 ? "failed" : "delivered"));
    expect(await toRoom(ports)).toMatchObject({ delivered: 1, skipped: 0 });
  });

  it("does not wait for a slow recipient before it posts to the others", async () => {
    const { ports, callers, received } = await roomOf("alice", "bob", "carol");
    let release = () => {};
    const slow = new Promise<"delivered">((resolve) => {
      release = () => resolve("delivered");
    });
    ports.sockets.answer("alice-1", () => slow);
    const publishing = toRoom(ports);
    const others = callers.slice(1);
    while (
      !others.every(
        ({ connection }) => ports.sockets.framesOf(connection.connectionId).at(-1)?.type === "pong",
      )
    ) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(others.map((caller) => received(caller))).toEqual([[frame], [frame]]);
    release();
    expect((await publishing).delivered).toBe(3);
  });

  it("never has more posts in flight on one gateway than the limit", async () => {
    const { ports } = world();
    const count = limits.postsPerGateway * 3;
    for (let index = 0; index < count; index += 1) {
      const connectionId = `c-${index}`;
      await ports.subscriptions.put({
        topic: "room:large",
        shard: 0,
        connectionId,
        gateway: "http://gateway",
        user: "u",
        connectedAtMs: 0,
        expiresAtMs: Number.MAX_SAFE_INTEGER,
      });
    }
    let inFlight = 0;
    let most = 0;
    ports.sockets.post = async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return "delivered";
    };
    expect((await toRoom(ports, {}, "large")).delivered).toBe(count);
    expect(most).toBe(limits.postsPerGateway);
  });

  it("stops at its deadline, and says how many are left to sync", async () => {
    const { ports } = await roomOf("alice", "bob");
    const delivery = await toRoom(ports, { withinMs: 0 });
    expect(delivery).toMatchObject({ delivered: 0, left: 2 });
  });

  it("sends nothing to an expired connection but why, closes and forgets it", async () => {
    const { ports, as, pass, received } = await roomOf("alice");
    const bob = await as("bob", 60);
    await join({ action: "join", room: "general" }, bob, ports);
    received(bob);
    pass(60_000);
    await toRoom(ports);
    expect(received(bob)).toEqual([
      expect.objectContaining({ type: "disconnect", code: "token_expired", reconnect: true }),
    ]);
    expect(ports.sockets.closed).toEqual(["bob-1"]);
    expect(await ports.connections.find("bob-1")).toBeUndefined();
  });

  it("fails no sender when the subscriptions cannot be read", async () => {
    const { ports, reports } = await roomOf("alice");
    ports.subscriptions.listSome = () => {
      throw new Error("table on fire");
    };
    expect(await toRoom(ports)).toMatchObject({ delivered: 0 });
    expect(reports).toContainEqual(expect.objectContaining({ what: "publish incomplete" }));
  });

  it("forgets everybody when a whole room is gone, without presence upon presence", async () => {
    const { ports, callers } = await roomOf("alice", "bob", "carol");
    for (const caller of callers) await look({ ports }, caller, "general");
    for (const id of ["alice-1", "bob-1", "carol-1"]) ports.sockets.answer(id, "gone");
    expect((await toRoom(ports)).gone).toBe(3);
    for (const id of ["alice-1", "bob-1", "carol-1"]) {
      expect(await ports.connections.find(id)).toBeUndefined();
    }
  });
});
