/**
 * Subscribe a connection to topics, in an order that lets nobody hear who should not, and leaves
 * nothing that hears and that nothing names. Each step is taken for all topics together:
 *
 * 1. Note the topics on the connection item, which must exist: it names what has to be cleaned up.
 *
 * 2. Look whether the user is still allowed. A leave is seen here, or it finds the topic noted.
 *
 * 3. Put the subscriptions, which hear from now on. A leave withholds what it finds noted, whether
 * it is there yet or not, so a slow request cannot put it behind the leave.
 *
 * 4. Say on the connection item that they are confirmed (`sayConfirmed`), once all that follows
 * from them is done. A sync of such a topic needs no look at the subscription: one read of the item
 * is enough for all topics. A connection that has gone since 1 is found out here, and what was put
 * is removed.
 *
 * Killed half-way, what is left is not said to be heard, so the next sync goes through all of this
 * again. Killed between 3 and 4, while its connection goes, a request leaves a subscription that
 * nothing names: the next publish to the topic finds it gone and removes it, as in forget.ts.
 *
 * What is said to be heard is heard: somebody who unsubscribes takes the word back first, which
 * begins an epoch, and then withholds a subscription of earlier epochs only. So a slow one
 * withholds nothing that was put since it began; and 4 says nothing when an epoch has begun since
 * 1.
 * docs/decisions/0030 goes through the cases.
 *
 * A topic may be split into more shards meanwhile. A publish counts the shards after its event was
 * stored, and there are never fewer again: so it looks into the shard that is chosen here.
 */
import type { KnownConnection } from "../model.ts";
import type { Ports } from "../ports.ts";
import type { Sharding } from "../subscriptionPorts.ts";
import { firstShard, isFocusTopic, shardOf, topicsMax } from "./topics.ts";

export type SubscribePorts = Pick<Ports, "connections" | "subscriptions">;

/** What the connection hears now: in which shard, and since which epoch of the connection's. */
interface Confirmed {
  shard: number;
  epoch: number;
  /** It did not hear it before. */
  isFresh: boolean;
}

/**
 * That a connection hears a topic, or why it does not. `full`: it hears too many others. `failed`:
 * an outage that is this topic's alone.
 */
export type Subscribed = Confirmed | "gone" | "full" | "refused" | { failed: unknown };

export const isConfirmed = (subscribed: Subscribed): subscribed is Confirmed =>
  typeof subscribed !== "string" && "epoch" in subscribed;

/** Whether the user may hear a topic; it looks each time that it is called. */
export type Allowed = (topic: string) => Promise<boolean>;

/** Each further round means that somebody left, or was forgotten, and is back. */
const subscribeRounds = 5;

/** Steps 1 to 3. The caller takes step 4. `known` may have been found some time ago. */
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
    const shards = await shardsFor(attempt, fitting(attempt, open));
    if (shards.size === 0) continue;
    const sizeMax = sizeBefore(now, [...shards.keys()]);
    const noted = await ports.connections.addTopics(connectionId, shards, sizeMax);
    if (noted === undefined) continue;
    const { connection } = now;
    await hearAllowed(attempt, [...shards.keys()], async (topic) => {
      const { epoch } = noted;
      // Another request may have noted the topic first, in another shard.
      const shard = noted.shards.get(topic) ?? firstShard;
      const heard = await ports.subscriptions.hear({ ...connection, topic, shard }, epoch);
      return heard && { shard, epoch, isFresh: heard === "fresh" };
    });
  }
  throw new Error(`connection ${connectionId} lost its subscriptions ${subscribeRounds} times`);
}

/** One round, with the connection as it was found before it. */
export interface Attempt {
  ports: SubscribePorts;
  known: KnownConnection;
  isAllowed: Allowed;
  outcomes: Map<string, Subscribed>;
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

/** The shard of each topic: the one that the connection is in, or one of those that there are. */
async function shardsFor(
  attempt: Attempt,
  topics: readonly string[],
): Promise<Map<string, number>> {
  const { connection, topics: named } = attempt.known;
  const shards = new Map<string, number>();
  await eachTopic(attempt, topics, async (topic) => {
    const { connectionId } = connection;
    const { subscriptions } = attempt.ports;
    shards.set(topic, named.get(topic) ?? (await shardFor(connectionId, topic, subscriptions)));
  });
  return shards;
}

async function shardFor(
  connectionId: string,
  topic: string,
  subscriptions: Pick<Sharding, "shardsOf">,
): Promise<number> {
  if (isFocusTopic(topic)) return firstShard;
  return shardOf(connectionId, await subscriptions.shardsOf(topic));
}

/** How many topics the connection may have before these are noted. */
function sizeBefore({ topics: named }: KnownConnection, topics: readonly string[]): number {
  const added = topics.filter((topic) => !named.has(topic));
  if (added.length === 0) return Number.MAX_SAFE_INTEGER;
  return Math.min(...added.map(topicsMax)) - added.length;
}

/**
 * Steps 2 and 3: let the topics be heard that the user is still allowed, and unsubscribe from the
 * others. One that `hear` finds withheld meanwhile gets no outcome.
 */
export async function hearAllowed(
  attempt: Attempt,
  topics: readonly string[],
  hear: (topic: string) => Promise<Confirmed | undefined>,
): Promise<void> {
  const { ports, known, isAllowed, outcomes } = attempt;
  const refused: string[] = [];
  await eachTopic(attempt, topics, async (topic) => {
    if (await isAllowed(topic)) {
      const heard = await hear(topic);
      if (heard) outcomes.set(topic, heard);
    } else refused.push(topic);
  });
  // One after the other: each changes the connection's item.
  for (const topic of refused) {
    await unsubscribe(ports, known.connection.connectionId, topic, isAllowed);
    outcomes.set(topic, "refused");
  }
}

/** Do something for each topic, all at once. One that fails harms no other. */
export async function eachTopic(
  { outcomes }: Attempt,
  topics: readonly string[],
  work: (topic: string) => Promise<void>,
): Promise<void> {
  await Promise.all(
    topics.map(async (topic) => {
      try {
        await work(topic);
      } catch (failed) {
        outcomes.set(topic, { failed });
      }
    }),
  );
}

/**
 * Step 4, in one write for all topics, but those that an epoch has begun behind. False when the
 * connection has gone: then it hears none of them.
 */
export async function sayConfirmed(
  ports: SubscribePorts,
  connectionId: string,
  confirmed: ReadonlyMap<string, Confirmed>,
): Promise<boolean> {
  if (confirmed.size === 0) return true;
  const epoch = Math.max(...[...confirmed.values()].map((one) => one.epoch));
  const current = [...confirmed].filter(([, one]) => one.epoch === epoch);
  const shards = new Map(current.map(([topic, { shard }]) => [topic, shard]));
  if (await ports.connections.confirmTopics(connectionId, shards, epoch)) return true;
  const known = await ports.connections.find(connectionId);
  if (known && !known.isEnding) return true;
  const keys = [...confirmed].map(([topic, { shard }]) => ({ topic, shard, connectionId }));
  await ports.subscriptions.removeAll(keys);
  return false;
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
    const subscription = { ...known.connection, topic, shard };
    isRemoved = (await subscriptions.withhold(subscription, epoch)) || isRemoved;
    if (!(await connections.removeTopic(connectionId, topic, known.revision))) continue;
    // Somebody who was allowed again behind our first look may have found the topic confirmed
    // before we took that back.
    if (!(await isAllowed(topic))) return isRemoved;
    await subscribe(ports, known, [topic], isAllowed);
    return false;
  }
  throw new Error(`connection ${connectionId} changed topics in ${unsubscribeRounds} rounds`);
}
