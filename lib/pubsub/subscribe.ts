/**
 * Subscribe a connection to a topic, in an order that lets nobody hear who should not, and leaves
 * no subscription that nothing names:
 *
 * 1. Note the topic on the connection item, which must exist: it names what has to be cleaned up.
 *
 * 2. Reserve the subscription. It hears nothing yet.
 *
 * 3. Note the topic once more. Somebody who forgets or unsubscribes this connection may have looked
 * for the subscription before 2 and missed it. The second note finds the connection ending or gone,
 * or moves its revision on, so that the unsubscribing goes round again.
 *
 * 4. Look whether the user is still allowed, after 2: a leave is seen here, or it finds the
 * reservation.
 *
 * 5. Confirm the reservation, if it is still there. From now on it hears.
 *
 * Killed half-way, what is left hears nothing, and is named by the connection item unless that is
 * gone itself.
 *
 * A topic may be split into more shards meanwhile. A publish counts the shards after its event was
 * stored, and there are never fewer again: so it looks into the shard that is chosen here.
 */
import type { Connection } from "../model.ts";
import type { KnownConnection, Ports } from "../ports.ts";
import { shardOf } from "./topics.ts";

export type SubscribePorts = Pick<Ports, "connections" | "subscriptions">;

/**
 * `fresh`: the connection did not hear the topic before. `gone`, `refused`: it does not hear it
 * now; `full`: it hears too many others.
 */
export type Subscribed = "fresh" | "renewed" | "gone" | "full" | "refused";

/** Each further round means that somebody left, or was forgotten, and is back. */
const subscribeRounds = 5;

/**
 * `known`: the connection as it was found a moment ago, if it was. Only a connection that named the
 * topic then may hear it already; for any other, steps 1 to 5 find out what has changed since.
 */
export async function subscribe(
  ports: SubscribePorts,
  connection: Connection,
  topic: string,
  isStillAllowed: () => Promise<boolean>,
  known: KnownConnection | undefined,
): Promise<Subscribed> {
  const { connectionId } = connection;
  // What every `sync` of a connection but its first one finds; reading is a tenth of the price.
  const shard = known?.isEnding ? undefined : known?.topics.get(topic);
  if (shard !== undefined && (await ports.subscriptions.isHeard({ topic, shard, connectionId }))) {
    if (await isStillAllowed()) return "renewed";
    await unsubscribe(ports, connectionId, topic, isStillAllowed);
    return "refused";
  }
  const wantedShard = shardOf(connectionId, await ports.subscriptions.shardsOf(topic));
  for (let round = 0; round < subscribeRounds; round += 1) {
    const noted = await ports.connections.addTopic(connectionId, topic, wantedShard);
    if (noted === "full") return "full";
    if (noted === "unknown") return "gone";
    const key = { topic, shard: noted.shard, connectionId };
    const isHeard = (await ports.subscriptions.reserve({ ...connection, ...key })) === "heard";

    const [isKnown, isAllowed] = await Promise.all([
      isNotedAgain(ports, connectionId, topic, noted.shard),
      isStillAllowed(),
    ]);
    if (!isKnown) {
      await ports.subscriptions.remove(key);
      return "gone";
    }
    if (!isAllowed) {
      await unsubscribe(ports, connectionId, topic, isStillAllowed);
      return "refused";
    }
    if (isHeard) return "renewed";
    if (await ports.subscriptions.confirm(key)) return "fresh";
  }
  throw new Error(`connection ${connectionId} lost its reservation ${subscribeRounds} times`);
}

/** Each further round means that the connection's topics changed meanwhile: it cannot go on. */
const unsubscribeRounds = 10;

/**
 * Unsubscribe a connection, unless its user is allowed to hear the topic (again): then whoever
 * allowed it may be subscribing it right now, and has the last word. True when it was subscribed
 * and is not. The connection item names the subscription until it is gone.
 */
export async function unsubscribe(
  ports: SubscribePorts,
  connectionId: string,
  topic: string,
  isAllowed: () => Promise<boolean>,
): Promise<boolean> {
  let isRemoved = false;
  for (let round = 0; round < unsubscribeRounds; round += 1) {
    const known = await ports.connections.find(connectionId);
    const shard = known?.topics.get(topic);
    if (known === undefined || shard === undefined) return isRemoved;
    if (await isAllowed()) {
      if (isRemoved) await subscribe(ports, known.connection, topic, isAllowed, known);
      return false;
    }
    const key = { topic, shard, connectionId };
    isRemoved = (await ports.subscriptions.remove(key)) || isRemoved;
    if (!(await ports.connections.removeTopic(connectionId, topic, known.revision))) continue;
    // Somebody who was allowed again behind our first look may have found the subscription before
    // it was removed, and taken it to be there.
    if (!(await isAllowed())) return isRemoved;
    await subscribe(ports, known.connection, topic, isAllowed, undefined);
    return false;
  }
  throw new Error(`connection ${connectionId} changed topics in ${unsubscribeRounds} rounds`);
}

async function isNotedAgain(
  ports: SubscribePorts,
  connectionId: string,
  topic: string,
  shard: number,
): Promise<boolean> {
  return typeof (await ports.connections.addTopic(connectionId, topic, shard)) === "object";
}
