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
 * 5. Confirm the subscription, reserved or not, if it is still there. From now on it hears.
 *
 * 6. Say so on the connection item (`sayConfirmed`). A sync of a topic that is confirmed there
 * needs no look at the subscription: one read of the item is enough for all topics.
 *
 * Killed half-way, what is left hears nothing, or is not said to be heard, so that the next sync
 * goes through all of this again. It is named by the connection item unless that is gone itself.
 *
 * What is said to be heard is heard: somebody who unsubscribes takes the word back first, which
 * begins an epoch, and then removes a subscription of earlier epochs only. So a slow one removes
 * nothing that was confirmed since it began; and 6 says nothing when an epoch has begun since 3.
 * docs/decisions/0030 goes through the cases.
 *
 * A topic may be split into more shards meanwhile. A publish counts the shards after its event was
 * stored, and there are never fewer again: so it looks into the shard that is chosen here.
 */
import type { Connection } from "../model.ts";
import type { Ports } from "../ports.ts";
import { shardOf } from "./topics.ts";

export type SubscribePorts = Pick<Ports, "connections" | "subscriptions">;

/** A topic that a connection hears, where, and since which epoch of the connection's. */
export interface Confirmed {
  topic: string;
  shard: number;
  epoch: number;
}

/**
 * What the connection hears now, and whether it did not before; or why it does not. `full`: it
 * hears too many others.
 */
export type Subscribed = (Confirmed & { isFresh: boolean }) | "gone" | "full" | "refused";

/** Each further round means that somebody left, or was forgotten, and is back. */
const subscribeRounds = 5;

/** Steps 1 to 5. The caller takes step 6, for all topics together. */
export async function subscribe(
  ports: SubscribePorts,
  connection: Connection,
  topic: string,
  isStillAllowed: () => Promise<boolean>,
): Promise<Subscribed> {
  const { connectionId } = connection;
  const wantedShard = shardOf(connectionId, await ports.subscriptions.shardsOf(topic));
  for (let round = 0; round < subscribeRounds; round += 1) {
    const noted = await ports.connections.addTopic(connectionId, topic, wantedShard);
    if (noted === "full") return "full";
    if (noted === "unknown") return "gone";
    const { shard } = noted;
    const key = { topic, shard, connectionId };
    const isFresh = (await ports.subscriptions.reserve({ ...connection, ...key })) === "reserved";

    const [again, isAllowed] = await Promise.all([
      ports.connections.addTopic(connectionId, topic, shard),
      isStillAllowed(),
    ]);
    if (typeof again === "string") {
      await ports.subscriptions.removeAll([key]);
      return "gone";
    }
    if (!isAllowed) {
      await unsubscribe(ports, connectionId, topic, isStillAllowed);
      return "refused";
    }
    const { epoch } = again;
    if (await ports.subscriptions.confirm(key, epoch)) return { topic, shard, epoch, isFresh };
  }
  throw new Error(`connection ${connectionId} lost its reservation ${subscribeRounds} times`);
}

/** Step 6, in one write for all topics, but those that an epoch has begun behind. */
export async function sayConfirmed(
  ports: Pick<Ports, "connections">,
  connectionId: string,
  confirmed: readonly Confirmed[],
): Promise<void> {
  const epoch = Math.max(...confirmed.map((one) => one.epoch));
  const current = confirmed.filter((one) => one.epoch === epoch);
  if (current.length === 0) return;
  const shards = new Map(current.map(({ topic, shard }) => [topic, shard]));
  await ports.connections.confirmTopics(connectionId, shards, epoch);
}

/** Each further round means that the connection's topics changed meanwhile: it cannot go on. */
const unsubscribeRounds = 10;

/**
 * Unsubscribe a connection, unless its user is allowed to hear the topic (again): then another
 * request may be subscribing it right now, and has the last word. True when it was subscribed and
 * is not. The connection item names the subscription until it is gone.
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
      if (isRemoved) await subscribe(ports, known.connection, topic, isAllowed);
      return false;
    }
    const { connections, subscriptions } = ports;
    const epoch = await connections.withdrawTopic(connectionId, topic, shard, known.revision);
    if (epoch === undefined) continue;
    isRemoved = (await subscriptions.remove({ topic, shard, connectionId }, epoch)) || isRemoved;
    if (!(await connections.removeTopic(connectionId, topic, known.revision))) continue;
    // Somebody who was allowed again behind our first look may have found the topic confirmed
    // before we took that back.
    if (!(await isAllowed())) return isRemoved;
    await subscribe(ports, known.connection, topic, isAllowed);
    return false;
  }
  throw new Error(`connection ${connectionId} changed topics in ${unsubscribeRounds} rounds`);
}
