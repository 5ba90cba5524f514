/**
 * Subscribe a connection to topics, in an order that lets nobody hear who should not, and leaves
 * nothing that hears and that nothing names. Each step is taken for all topics together:
 *
 * 1. Reserve the subscriptions. They hear nothing yet.
 *
 * 2. Note the topics on the connection item, which must exist: it names what has to be cleaned up.
 * Somebody who forgets or unsubscribes this connection may have looked for a subscription before 1
 * and missed it. The note finds the connection ending or gone, or moves its revision on, so that
 * the unsubscribing goes round again.
 *
 * 3. Look whether the user is still allowed, after 2: a leave is seen here, or it finds the topic
 * noted.
 *
 * 4. Confirm the subscriptions that are still there. From now on they hear.
 *
 * 5. Say so on the connection item (`sayConfirmed`). A sync of a topic that is confirmed there
 * needs no look at the subscription: one read of the item is enough for all topics.
 *
 * Killed half-way, what is left hears nothing, or is not said to be heard, so that the next sync
 * goes through all of this again. Nothing names a reservation that was not noted; it is counted
 * nowhere, and expires.
 *
 * What is said to be heard is heard: somebody who unsubscribes takes the word back first, which
 * begins an epoch, and then removes a subscription of earlier epochs only. So a slow one removes
 * nothing that was confirmed since it began; and 5 says nothing when an epoch has begun since 2.
 * docs/decisions/0030 goes through the cases.
 *
 * A topic may be split into more shards meanwhile. A publish counts the shards after its event was
 * stored, and there are never fewer again: so it looks into the shard that is chosen here.
 */
import type { KnownConnection, Noted } from "../model.ts";
import type { Ports, Sharding } from "../ports.ts";
import { firstShard, isFocusTopic, shardOf, topicsMax } from "./topics.ts";

export type SubscribePorts = Pick<Ports, "connections" | "subscriptions">;

/** A topic that a connection hears, where, and since which epoch of the connection's. */
export interface Confirmed {
  topic: string;
  shard: number;
  epoch: number;
}

/**
 * What the connection hears now, and whether it did not before; or why it does not. `full`: it
 * hears too many others. `failed`: an outage that is this topic's alone.
 */
export type Subscribed =
  | (Confirmed & { isFresh: boolean })
  | "gone"
  | "full"
  | "refused"
  | { failed: unknown };

/** Whether the user may hear a topic; it looks each time that it is called. */
export type Allowed = (topic: string) => Promise<boolean>;

/** Each further round means that somebody left, or was forgotten, and is back. */
const subscribeRounds = 5;

/** Steps 1 to 4. The caller takes step 5. `known` may have been found some time ago. */
export async function subscribe(
  ports: SubscribePorts,
  known: KnownConnection,
  topics: readonly string[],
  isAllowed: Allowed,
): Promise<Map<string, Subscribed>> {
  const { connectionId } = known.connection;
  const outcomes = new Map<string, Subscribed>();
  let now: KnownConnection | undefined = known;
  for (let round = 0; round < subscribeRounds; round += 1) {
    const open = topics.filter((topic) => !outcomes.has(topic));
    if (open.length === 0) return outcomes;
    if (round > 0) now = await ports.connections.find(connectionId);
    if (now === undefined || now.isEnding) {
      for (const topic of open) outcomes.set(topic, "gone");
      return outcomes;
    }
    const attempt: Attempt = { ports, known: now, isAllowed, outcomes };
    const reserved = await reserve(attempt, fitting(attempt, open));
    if (reserved.length === 0) continue;
    const sizeMax = sizeBefore(now, reserved);
    const isNoted = await noteAndConfirm(attempt, reserved, (shards) =>
      ports.connections.addTopics(connectionId, shards, sizeMax),
    );
    if (!isNoted) await release(ports, reserved);
  }
  throw new Error(`connection ${connectionId} lost its reservation ${subscribeRounds} times`);
}

/** One round of steps 1 to 4, with the connection as it was found before it. */
export interface Attempt {
  ports: SubscribePorts;
  known: KnownConnection;
  isAllowed: Allowed;
  outcomes: Map<string, Subscribed>;
}

export interface Reservation {
  topic: string;
  shard: number;
  connectionId: string;
  isFresh: boolean;
}

/** Those topics for which there is space, the first ones first. */
function fitting({ known: { topics }, outcomes }: Attempt, open: readonly string[]): string[] {
  let size = topics.size;
  return open.filter((topic) => {
    const isFitting = topics.has(topic) || size < topicsMax(topic);
    if (!isFitting) outcomes.set(topic, "full");
    else if (!topics.has(topic)) size += 1;
    return isFitting;
  });
}

/** How many topics the connection may have before these are noted. */
function sizeBefore({ topics }: KnownConnection, reserved: readonly Reservation[]): number {
  const added = reserved.filter(({ topic }) => !topics.has(topic));
  if (added.length === 0) return Number.MAX_SAFE_INTEGER;
  return Math.min(...added.map(({ topic }) => topicsMax(topic))) - added.length;
}

/** Step 1. */
export async function reserve(attempt: Attempt, topics: readonly string[]): Promise<Reservation[]> {
  const { subscriptions } = attempt.ports;
  const { connection, topics: named } = attempt.known;
  const { connectionId } = connection;
  const reserved = await eachTopic(attempt, topics, async (topic): Promise<Reservation> => {
    const shard = named.get(topic) ?? (await shardFor(connectionId, topic, subscriptions));
    const result = await subscriptions.reserve({ ...connection, topic, shard });
    return { topic, shard, connectionId, isFresh: result === "reserved" };
  });
  return reserved.filter((one) => one !== undefined);
}

/** Nobody reads more of a focus topic than one shard holds, so it is never split. */
async function shardFor(
  connectionId: string,
  topic: string,
  subscriptions: Pick<Sharding, "shardsOf">,
): Promise<number> {
  if (isFocusTopic(topic)) return firstShard;
  return shardOf(connectionId, await subscriptions.shardsOf(topic));
}

/** Steps 2 to 4: of nothing, and false, when the topics cannot be noted. */
export async function noteAndConfirm(
  attempt: Attempt,
  reserved: readonly Reservation[],
  note: (shards: ReadonlyMap<string, number>) => Promise<Noted | undefined>,
): Promise<boolean> {
  const { ports, isAllowed, outcomes } = attempt;
  const noted = await note(new Map(reserved.map(({ topic, shard }) => [topic, shard])));
  if (noted === undefined) return false;
  const { shards, epoch } = noted;
  const isThere = ({ topic, shard }: Reservation) => shards.get(topic) === shard;
  // Another request noted it first, in another shard: the next round goes there.
  await release(
    ports,
    reserved.filter((one) => !isThere(one)),
  );
  const byTopic = new Map(reserved.filter(isThere).map((one) => [one.topic, one]));
  const refused = await eachTopic(attempt, [...byTopic.keys()], async (topic) => {
    if (!(await isAllowed(topic))) return topic;
    const one = byTopic.get(topic);
    if (one === undefined || !(await ports.subscriptions.confirm(one, epoch))) return undefined;
    outcomes.set(topic, { topic, shard: one.shard, epoch, isFresh: one.isFresh });
    return undefined;
  });
  // One after the other: each changes the connection's item.
  for (const topic of refused.filter((one) => one !== undefined)) {
    await unsubscribe(ports, attempt.known.connection.connectionId, topic, isAllowed);
    outcomes.set(topic, "refused");
  }
  return true;
}

/** Remove reservations that were not confirmed meanwhile, in this epoch or a later one. */
export async function release(
  { subscriptions }: SubscribePorts,
  reserved: readonly Reservation[],
): Promise<void> {
  const firstEpoch = 0;
  for (const one of reserved) await subscriptions.remove(one, firstEpoch);
}

/** Do something for each topic, all at once. One that fails harms no other. */
async function eachTopic<T>(
  { outcomes }: Attempt,
  topics: readonly string[],
  work: (topic: string) => Promise<T>,
): Promise<(T | undefined)[]> {
  return Promise.all(
    topics.map(async (topic) => {
      try {
        return await work(topic);
      } catch (failed) {
        outcomes.set(topic, { failed });
        return undefined;
      }
    }),
  );
}

/** Step 5, in one write for all topics, but those that an epoch has begun behind. */
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
  isAllowed: Allowed,
): Promise<boolean> {
  let isRemoved = false;
  for (let round = 0; round < unsubscribeRounds; round += 1) {
    const known = await ports.connections.find(connectionId);
    const shard = known?.topics.get(topic);
    if (known === undefined || shard === undefined) return isRemoved;
    if (await isAllowed(topic)) {
      if (isRemoved) await subscribe(ports, known, [topic], isAllowed);
      return false;
    }
    const { connections, subscriptions } = ports;
    const epoch = await connections.withdrawTopic(connectionId, topic, shard, known.revision);
    if (epoch === undefined) continue;
    isRemoved = (await subscriptions.remove({ topic, shard, connectionId }, epoch)) || isRemoved;
    if (!(await connections.removeTopic(connectionId, topic, known.revision))) continue;
    // Somebody who was allowed again behind our first look may have found the topic confirmed
    // before we took that back.
    if (!(await isAllowed(topic))) return isRemoved;
    await subscribe(ports, known, [topic], isAllowed);
    return false;
  }
  throw new Error(`connection ${connectionId} changed topics in ${unsubscribeRounds} rounds`);
}
