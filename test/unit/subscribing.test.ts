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
    await join(joining, laptop, ports);
    // The laptop's leave stops before it takes the topic off the phone's item.
    const { removeTopic } = ports.connections;
    const paused = gate();
    ports.connections.removeTopic = async (id, topic, revision) => {
      if (id === phone.connection.connectionId) await paused.pass();
      return removeTopic(id, topic, revision);
    };
    let leaving: Promise<unknown> = Promise.resolve();
    behindOnce(ports.connections, "addTopic", async () => {
      leaving = leave({ action: "leave", room }, laptop, ports);
      await paused.reached;
    });
    behindOnce(ports.subscriptions, "reserve", () => join(joining, tablet, ports));
    await sync({ action: "sync", rooms: { [room]: 0 } }, phone, ports);
    paused.open();
    await leaving;
    expect(await unnamed(here)).toEqual([]);
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
