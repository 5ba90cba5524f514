/** Who is online, and being forgotten: nothing of a connection stays behind (promise 8). */
import { describe, expect, it } from "vitest";
import { disconnect } from "../../lib/actions/connections/disconnect.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { who } from "../../lib/actions/people/who.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { withId } from "../../lib/protocol/envelope.ts";
import { bytesOf } from "../../lib/protocol/frameSize.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import { behindOnce, look, world } from "../support/world.ts";

const general = { action: "join", room: "general" } as const;

describe("who", () => {
  it("counts users once, with their connections, and nobody who is past expiry", async () => {
    const here = world();
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    const bob = await here.as("bob", 10);
    for (const caller of [laptop, phone, bob]) await join(general, caller, here.ports);
    const both = await who({ room: "general" }, laptop, here.ports);
    expect(both).toMatchObject({ online: [{ user: "alice", connections: 2 }, { user: "bob" }] });
    here.pass(10_000);
    const online = [{ user: "alice", connections: 2 }];
    const alone = await who({ room: "general" }, laptop, here.ports);
    expect(alone).toEqual({ type: "who", room: "general", online, count: 1, more: false });
  });

  it("lists as many users of very long names as a frame takes, and says so", async () => {
    const here = world();
    const users = Array.from({ length: 80 }, (_, n) =>
      String(n).padStart(limits.userCharacters, '"'),
    );
    for (const user of users) {
      const { connection } = await here.as(user);
      await here.ports.subscriptions.put({ ...connection, topic: roomTopic("general"), shard: 0 });
    }
    const caller = await here.as("alice");
    const membership = { room: "general", joinedAtMs: 0, readSeq: 0, readN: 0 };
    await here.ports.memberships.add("alice", membership);
    const found = await who({ room: "general" }, caller, here.ports);
    expect(bytesOf(withId(found, "i".repeat(64)))).toBeLessThanOrEqual(limits.frameBytes);
    expect(found).toMatchObject({ count: users.length, more: true });
    expect(found.online.map(({ user }) => user)).toEqual(
      users.toSorted().slice(0, found.online.length),
    );
    expect(found.online.length).toBeGreaterThan(50);
  });
});

describe("coming online", () => {
  const toGeneral = { action: "sync", rooms: { general: 0 } } as const;
  const online = { type: "presence", room: "general", user: "alice", online: true };

  /** Bob looks at the room, which alice is a member of and heard on one connection. */
  async function watched() {
    const here = world();
    const [bob, laptop] = [await here.as("bob"), await here.as("alice")];
    for (const caller of [bob, laptop]) await join(general, caller, here.ports);
    await look(here, bob, "general");
    return { here, bob, laptop };
  }

  it("is told of a user's first connection, and of no further one", async () => {
    const { here, bob, laptop } = await watched();
    await disconnect(laptop.connection.connectionId, here.ports);
    const [phone, tablet] = [await here.as("alice"), await here.as("alice")];
    here.received(bob);
    await sync(toGeneral, phone, here.ports);
    expect(here.received(bob)).toMatchObject([online]);
    await sync(toGeneral, tablet, here.ports);
    await join(general, tablet, here.ports);
    await join(general, phone, here.ports);
    expect(here.received(bob)).toEqual([]);
  });

  it("is not told when a new connection takes the place of one that goes behind it", async () => {
    const { here, bob, laptop } = await watched();
    const next = await here.as("alice");
    await sync(toGeneral, next, here.ports);
    await disconnect(laptop.connection.connectionId, here.ports);
    expect(here.received(bob)).toEqual([]);
  });

  it("is told when the other connection is past its expiry", async () => {
    const { here, bob, laptop } = await watched();
    await disconnect(laptop.connection.connectionId, here.ports);
    await sync(toGeneral, await here.as("alice", 10), here.ports);
    const phone = await here.as("alice");
    here.pass(10_000);
    here.received(bob);
    await sync(toGeneral, phone, here.ports);
    expect(here.received(bob)).toMatchObject([online]);
  });

  it("is told when the old connection goes just before the new one is confirmed", async () => {
    const { here, bob, laptop } = await watched();
    const next = await here.as("alice");
    behindOnce(here.ports.subscriptions, "shardsOf", () =>
      disconnect(laptop.connection.connectionId, here.ports),
    );
    await sync(toGeneral, next, here.ports);
    expect(here.received(bob)).toMatchObject([{ online: false }, online]);
  });

  it("is told once by two connections that are confirmed at the same time", async () => {
    const { here, bob, laptop } = await watched();
    await disconnect(laptop.connection.connectionId, here.ports);
    const [phone, tablet] = [await here.as("alice"), await here.as("alice")];
    here.received(bob);
    behindOnce(here.ports.subscriptions, "hear", () => sync(toGeneral, tablet, here.ports));
    await sync(toGeneral, phone, here.ports);
    expect(here.received(bob)).toMatchObject([online]);
  });

  it("is told by the retry of a sync or join that was killed behind its confirmation", async () => {
    for (const retry of [sync.bind(null, toGeneral), join.bind(null, general)]) {
      const { here, bob, laptop } = await watched();
      await disconnect(laptop.connection.connectionId, here.ports);
      const phone = await here.as("alice");
      here.received(bob);
      behindOnce(here.ports.subscriptions, "hear", () => Promise.reject(new Error("killed")));
      await expect(retry(phone, here.ports)).rejects.toThrow("killed");
      expect(here.received(bob)).toEqual([]);
      await retry(phone, here.ports);
      expect(here.received(bob)).toMatchObject([online]);
    }
  });

  it("reads nothing of the user's other connections while nobody else looks", async () => {
    const { here, bob, laptop } = await watched();
    await look(here, bob);
    await look(here, laptop, "general");
    here.ports.connections.findAll = () => Promise.reject(new Error("read"));
    await join(general, laptop, here.ports);
    const [tablet] = [await here.as("alice")];
    await look(here, laptop);
    await sync(toGeneral, tablet, here.ports);
    expect(here.reports).toEqual([]);
  });
});

describe("disconnect", () => {
  it("does not show a user offline who comes on a third connection while two go", async () => {
    const here = world();
    const bob = await here.as("bob");
    const [laptop, phone, tablet] = [
      await here.as("alice"),
      await here.as("alice"),
      await here.as("alice"),
    ];
    for (const caller of [bob, laptop, phone]) await join(general, caller, here.ports);
    await look(here, bob, "general");
    // The laptop's look finds the phone, and not yet the tablet, which finds the phone.
    behindOnce(here.ports.connections, "findAll", async () => {
      await sync({ action: "sync", rooms: { general: 0 } }, tablet, here.ports);
      await disconnect(phone.connection.connectionId, here.ports);
    });
    await disconnect(laptop.connection.connectionId, here.ports);
    expect(here.received(bob)).toEqual([]);
  });

  it("shows a user offline when the last connection is gone, not before", async () => {
    const here = world();
    const [laptop, phone, bob] = [
      await here.as("alice"),
      await here.as("alice"),
      await here.as("bob"),
    ];
    for (const caller of [laptop, phone, bob]) await join(general, caller, here.ports);
    await look(here, bob, "general");
    here.received(bob);
    await disconnect("alice-1", here.ports);
    expect(here.received(bob)).toEqual([]);
    await disconnect("alice-2", here.ports);
    const offline = { type: "presence", room: "general", user: "alice", online: false };
    expect(here.received(bob)).toMatchObject([offline]);
  });

  it("does not count a connection that is past its expiry as there", async () => {
    const here = world();
    const [bob, tablet] = [await here.as("bob"), await here.as("alice", 10)];
    const phone = await here.as("alice");
    for (const caller of [bob, tablet, phone]) await join(general, caller, here.ports);
    await look(here, bob, "general");
    here.pass(10_000);
    here.received(bob);
    await disconnect(phone.connection.connectionId, here.ports);
    expect(here.received(bob)).toMatchObject([{ type: "presence", user: "alice", online: false }]);
  });

  it("is harmless twice, and for a connection that nobody knows", async () => {
    const here = world();
    await here.as("alice");
    await disconnect("alice-1", here.ports);
    await disconnect("alice-1", here.ports);
    await disconnect("nobody", here.ports);
    expect(await here.ports.connections.find("alice-1")).toBeUndefined();
  });

  const subscribersOf = async (here: ReturnType<typeof world>, topic: string) => {
    const { found } = await here.ports.subscriptions.listSome(topic, 100);
    return found;
  };

  it("lets a join that comes after it hear nothing, and leave nothing", async () => {
    const here = world();
    const alice = await here.as("alice");
    const { connections } = here.ports;
    behindOnce(connections, "end", () =>
      expect(join(general, alice, here.ports)).rejects.toMatchObject({ code: "forgotten" }),
    );
    await disconnect("alice-1", here.ports);
    for (const topic of ["user:alice", "room:general"]) {
      expect(await subscribersOf(here, topic)).toEqual([]);
    }
  });

  it("leaves no subscription of a join that it overtakes at any step", async () => {
    const steps = [
      ["connections", "find"],
      ["subscriptions", "shardsOf"],
      ["connections", "addTopics"],
      ["subscriptions", "hear"],
    ] as const;
    for (const [port, step] of steps) {
      const here = world();
      const alice = await here.as("alice");
      behindOnce(here.ports[port], step, () => disconnect("alice-1", here.ports));
      const joining = join(general, alice, here.ports);
      await expect(joining, step).rejects.toMatchObject({ code: "forgotten" });
      expect(await subscribersOf(here, "room:general"), step).toEqual([]);
    }
  });

  it("leaves no subscription of a join that goes on before the item is removed", async () => {
    const here = world();
    const alice = await here.as("alice");
    const { connections } = here.ports;
    // disconnect has seen no topic, and has no subscription to remove; then all of join goes on.
    let resume = () => {};
    const paused = new Promise<void>((resolve) => {
      resume = resolve;
    });
    let disconnecting: Promise<void> | undefined;
    behindOnce(here.ports.subscriptions, "shardsOf", async () => {
      const { removeAll } = connections;
      connections.removeAll = async (...args) => {
        connections.removeAll = removeAll;
        await paused;
        return removeAll(...args);
      };
      disconnecting = disconnect("alice-1", here.ports);
      while ((await subscribersOf(here, "user:alice")).length > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    await expect(join(general, alice, here.ports)).rejects.toMatchObject({ code: "forgotten" });
    resume();
    await disconnecting;
    expect(await connections.find("alice-1")).toBeUndefined();
    expect(await subscribersOf(here, "room:general")).toEqual([]);
  });
});
