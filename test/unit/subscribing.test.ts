/**
 * No subscription is left that nothing names, whatever comes between the steps of subscribing,
 * unsubscribing and forgetting (promises 7 and 10).
 */
import { describe, expect, it } from "vitest";
import { forget } from "../../lib/actions/connections/forget.ts";
import { sync } from "../../lib/actions/messages/sync.ts";
import { publishToRoom } from "../../lib/actions/publish.ts";
import { join } from "../../lib/actions/rooms/join.ts";
import { leave } from "../../lib/actions/rooms/leave.ts";
import { ConnectionEnded } from "../../lib/protocol/chatError.ts";
import { parseRoom } from "../../lib/protocol/names.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import { behindOnce, type World, world } from "../support/world.ts";

const room = "general";
const joining = { action: "join", room } as const;

/** Connections that hear the room although their item does not name it. */
async function unnamed({ ports }: World): Promise<string[]> {
  const { found } = await ports.subscriptions.listSome(roomTopic(room), 100);
  const ids = found.map(({ connectionId }) => connectionId);
  const known = await ports.connections.findAll(ids);
  const naming = known.filter(({ topics }) => topics.has(roomTopic(room)));
  const named = new Set(naming.map(({ connection }) => connection.connectionId));
  return ids.filter((id) => !named.has(id));
}

/** Resolves when it is opened; `reached` when somebody waits for that. */
function gate() {
  let open = () => {};
  let reach = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const pass = () => {
    reach();
    return opened;
  };
  return { open, reached, pass };
}

describe("subscribing", () => {
  it("stays named when one device leaves, and another joins again, in its middle", async () => {
    const here = world();
    const { ports } = here;
    const [laptop, phone, tablet] = [
      await here.as("alice"),
      await here.as("alice"),
      await here.as("alice"),
    ];
    for (const caller of [laptop, phone]) await join(joining, caller, ports);
    // The laptop's leave stops before it takes the topic off the phone's item.
    const { removeTopic } = ports.connections;
    const paused = gate();
    ports.connections.removeTopic = async (id, topic, revision) => {
      if (id === phone.connection.connectionId) await paused.pass();
      return removeTopic(id, topic, revision);
    };
    const leaving = leave({ action: "leave", room }, laptop, ports);
    await paused.reached;
    await join(joining, tablet, ports);
    await sync({ action: "sync", rooms: { [room]: 0 } }, phone, ports);
    paused.open();
    await leaving;
    expect(await unnamed(here)).toEqual([]);
  });
});

describe("subscribing a connection that goes meanwhile", () => {
  it.each([
    ["connections", "addTopics"],
    ["subscriptions", "hear"],
  ] as const)("leaves nothing that hears, when it goes behind %s.%s", async (port, method) => {
    const here = world();
    const { ports } = here;
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    await join(joining, laptop, ports);
    const goes = () => forget(ports, phone.connection.connectionId);
    if (port === "connections") behindOnce(ports.connections, method as "addTopics", goes);
    else behindOnce(ports.subscriptions, method as "hear", goes);
    const syncing = sync({ action: "sync", rooms: { [room]: 0 } }, phone, ports);
    await expect(syncing).rejects.toThrow(ConnectionEnded);
    const { found } = await ports.subscriptions.listSome(roomTopic(room), 100);
    expect(found.map(({ connectionId }) => connectionId)).toEqual(["alice-1"]);
  });
});

describe("a connection item that says that a topic is heard", () => {
  const hears = async ({ ports }: World, connectionId: string) => {
    const { found } = await ports.subscriptions.listSome(roomTopic(room), 100);
    return found.some((one) => one.connectionId === connectionId);
  };
  const saysSo = async ({ ports }: World, connectionId: string) =>
    (await ports.connections.find(connectionId))?.confirmed.has(roomTopic(room)) === true;
  const syncing = { action: "sync", rooms: { [room]: 0 } } as const;

  it("is right although a leave that is slow, and then dies, comes behind a sync", async () => {
    const here = world();
    const { ports } = here;
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    for (const caller of [laptop, phone]) await join(joining, caller, ports);
    // The leave has begun with the phone, when the user is back there before it goes on.
    const died = new Error("killed");
    const { withdrawTopic, removeTopic } = ports.connections;
    ports.connections.withdrawTopic = async (id, ...rest) => {
      const epoch = await withdrawTopic(id, ...rest);
      if (id === phone.connection.connectionId) {
        ports.connections.withdrawTopic = withdrawTopic;
        await join(joining, laptop, ports);
        await sync(syncing, phone, ports);
        expect(await saysSo(here, id)).toBe(true);
      }
      return epoch;
    };
    ports.connections.removeTopic = async (id, ...rest) => {
      if (id === phone.connection.connectionId) throw died;
      return removeTopic(id, ...rest);
    };
    await expect(leave({ action: "leave", room }, laptop, ports)).rejects.toBe(died);
    const id = phone.connection.connectionId;
    expect([await saysSo(here, id), await hears(here, id)]).toEqual([true, true]);
  });

  it("says nothing when a leave begins before the sync has said so", async () => {
    const here = world();
    const { ports } = here;
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    await join(joining, laptop, ports);
    behindOnce(ports.subscriptions, "hear", () => leave({ action: "leave", room }, laptop, ports));
    await sync(syncing, phone, ports);
    const id = phone.connection.connectionId;
    expect([await saysSo(here, id), await hears(here, id)]).toEqual([false, false]);
  });

  it.each([
    ["connections", "addTopics"],
    ["subscriptions", "hear"],
    ["connections", "confirmTopics"],
  ] as const)("is all that a sync believes, after one that died at %s.%s", async (port, method) => {
    const here = world();
    const { ports } = here;
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    await join(joining, laptop, ports);
    const methods = ports[port] as unknown as Record<string, unknown>;
    const original = methods[method];
    methods[method] = async () => {
      throw new Error("killed");
    };
    await expect(sync(syncing, phone, ports)).rejects.toThrow("killed");
    methods[method] = original;
    const id = phone.connection.connectionId;
    expect(await saysSo(here, id)).toBe(false);
    await sync(syncing, phone, ports);
    expect([await saysSo(here, id), await hears(here, id)]).toEqual([true, true]);
  });

  it.each([
    "ahead of that",
    "behind the subscription",
  ])("is taken back before the subscription goes, so that a leave may die %s", async (when) => {
    const here = world();
    const { ports } = here;
    const [laptop, phone] = [await here.as("alice"), await here.as("alice")];
    for (const caller of [laptop, phone]) await join(joining, caller, ports);
    const { withdrawTopic } = ports.connections;
    const { withhold } = ports.subscriptions;
    const isPhone = (connectionId: string) => connectionId === phone.connection.connectionId;
    ports.connections.withdrawTopic = async (connectionId, ...rest) => {
      if (isPhone(connectionId) && when === "ahead of that") throw new Error("killed");
      return withdrawTopic(connectionId, ...rest);
    };
    ports.subscriptions.withhold = async (subscription, epoch) => {
      const wasHeard = await withhold(subscription, epoch);
      if (isPhone(subscription.connectionId)) throw new Error("killed");
      return wasHeard;
    };
    await expect(leave({ action: "leave", room }, laptop, ports)).rejects.toThrow("killed");
    Object.assign(ports.connections, { withdrawTopic });
    Object.assign(ports.subscriptions, { withhold });
    await join(joining, laptop, ports);
    await sync(syncing, phone, ports);
    expect(await hears(here, phone.connection.connectionId)).toBe(true);
  });
});

describe("forgetting", () => {
  /** What is removed, in order, when bob is forgotten in this way. */
  async function removalsOf(way: (here: World) => Promise<unknown>) {
    const here = world();
    const { ports } = here;
    const [alice, bob] = [await here.as("alice"), await here.as("bob")];
    for (const caller of [alice, bob]) await join(joining, caller, ports);
    here.pass(60_000);
    const removed: string[] = [];
    const { connections, subscriptions } = ports;
    const [removeItems, removeSubscriptions] = [connections.removeAll, subscriptions.removeAll];
    connections.removeAll = (ids) => {
      removed.push(...ids.map(() => "item"));
      return removeItems(ids);
    };
    subscriptions.removeAll = (keys) => {
      removed.push(...keys.map(({ topic }) => topic));
      return removeSubscriptions(keys);
    };
    ports.sockets.answer("bob-1", "gone");
    await way(here);
    expect(await ports.connections.findAll(["bob-1"])).toEqual([]);
    return removed;
  }

  it("removes a connection's item last, since it names the rest", async () => {
    const removed = await removalsOf(({ ports }) => forget(ports, "bob-1"));
    expect(removed.slice(0, -1).sort()).toEqual(["room:general", "user:bob"]);
    expect(removed.at(-1)).toBe("item");
  });

  it("removes the items of those that a delivery finds gone last", async () => {
    const frame = { type: "pong", atMs: 1 } as const;
    const removed = await removalsOf(({ ports }) => publishToRoom(ports, parseRoom(room), frame));
    expect(new Set(removed.slice(0, -1))).toEqual(new Set(["room:general", "user:bob"]));
    expect(removed.at(-1)).toBe("item");
  });
});
