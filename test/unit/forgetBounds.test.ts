/**
 * Cleaning up behind a delivery: replies wait for it, so it has bounds, and what it leaves the next
 * delivery finds (promise 8).
 */

import { describe, expect, it } from "vitest";
import { forget } from "../../lib/actions/connections/forget.ts";
import { publishToRoom } from "../../lib/actions/publish.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { parseRoom } from "../../lib/protocol/names.ts";
import type { PublishPorts } from "../../lib/pubsub/deliver.ts";
import { focusTopic, roomTopic } from "../../lib/pubsub/topics.ts";
import { connectionOf } from "../support/fixtures.ts";
import { timedWorld } from "../support/timedWorld.ts";

const frame = { type: "pong", atMs: 1 } as const;
const say = (ports: PublishPorts, room: string, withinMs: number = limits.awaitedPublishMs) =>
  publishToRoom(ports, parseRoom(room), frame, { withinMs });
const roomNames = (count: number) => Array.from({ length: count }, (_, index) => `r-${index}`);

/** A world with a gateway whose connections are gone, one that is silent, and one that is well. */
function unwell() {
  const here = timedWorld((gateway) => {
    if (gateway === "silent") return ["failed", 60_000];
    return [gateway === "gone" ? "gone" : "delivered", 1];
  });
  const { ports } = here;
  const hear = async (user: string, gateway: string, rooms: readonly string[]) => {
    const connection = connectionOf(user, { gateway, connectedAtMs: 0 });
    await ports.connections.add(connection, rooms.map(roomTopic));
    for (const room of rooms) {
      for (const topic of [roomTopic(room), focusTopic(room)]) {
        await ports.subscriptions.put({ ...connection, topic, shard: 0 });
      }
    }
  };
  const known = async (...users: string[]) =>
    (await ports.connections.findAll(users.map((user) => `${user}-1`))).length;
  return { ...here, hear, known };
}

describe("cleaning up after a delivery", () => {
  it("ends at the publish's deadline, however many rooms are to be told", async () => {
    const { ports, hear, elapsedMs } = unwell();
    const rooms = roomNames(limits.topicsPerConnection - 1);
    await hear("alice", "gone", rooms);
    await hear("bob", "silent", rooms.slice(1));
    await say(ports, "r-0");
    expect(elapsedMs()).toBe(limits.awaitedPublishMs);
  });

  it("happens although another gateway is silent until the deadline", async () => {
    const { ports, hear, known, asked } = unwell();
    await hear("alice", "gone", ["r-0", "r-1"]);
    await hear("bob", "silent", ["r-0"]);
    await hear("carol", "well", ["r-1"]);
    await say(ports, "r-0");
    expect(await known("alice")).toBe(0);
    expect(asked.get("well")?.posts).toBe(1); // that alice is offline
  });

  it("removes a bounded number of subscriptions, and later deliveries the rest", async () => {
    const { ports, hear, known } = unwell();
    const rooms = roomNames(150);
    const users = Array.from({ length: 20 }, (_, index) => `u${index}`);
    for (const user of users) await hear(user, "gone", rooms);
    ports.sockets.post = async () => "gone";
    let removed = 0;
    const { removeAll } = ports.subscriptions;
    ports.subscriptions.removeAll = (keys) => {
      removed += keys.length;
      return removeAll(keys);
    };
    await say(ports, "r-0", limits.publishMs);
    expect(removed).toBeLessThanOrEqual(limits.subscriptionsForgotten);
    expect(await known(...users)).toBeLessThan(users.length);
    expect(await known(...users)).toBeGreaterThan(0);
    for (const room of rooms) await say(ports, room, limits.publishMs);
    expect(await known(...users)).toBe(0);
    for (const room of rooms) {
      expect((await ports.subscriptions.listSome(roomTopic(room), 100)).found).toEqual([]);
    }
  });
});

describe("forgetting one connection", () => {
  it("ends before its function does, though all of its rooms are silent", async () => {
    const { ports, hear, elapsedMs, known } = unwell();
    const rooms = roomNames(limits.topicsPerConnection - 1);
    await hear("alice", "well", rooms);
    await hear("bob", "silent", rooms);
    await forget(ports, "alice-1");
    expect(await known("alice")).toBe(0);
    expect(elapsedMs()).toBeLessThanOrEqual(limits.publishMs);
  });
});
