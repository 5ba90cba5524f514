/**
 * Let a connection look at rooms, by their focus topics, and at no others. One conditional write of
 * its item replaces the whole set, so of two requests that race each works on the other's set, and
 * no mixture is left. A focus topic is never asked for at a sync, so the item does not say which
 * are confirmed. The order is that of subscribe.ts, with the old topics first:
 *
 * 1. Remove the old subscriptions. The item names them until that is done.
 *
 * 2. Reserve the new ones. They hear nothing yet.
 *
 * 3. Replace the topics on the item, if it is as it was found. Else begin again: another request
 * may have reserved what 1 has not seen, or have taken away what is kept.
 *
 * 4. Look whether the user is still allowed, and confirm what nobody has taken away since.
 *
 * Killed half-way, the item names more than is heard, or a reservation is left that expires. The
 * retry finds by the subscriptions what is missing.
 */
import type { KnownConnection } from "../model.ts";
import {
  type Allowed,
  type Attempt,
  eachTopic,
  hearAllowed,
  type Subscribed,
  type SubscribePorts,
} from "./subscribe.ts";
import { firstShard, isFocusTopic } from "./topics.ts";

/** Each further round means that another request changed the connection's topics meanwhile. */
const lookRounds = 10;

/** What became of those topics that the connection was not shown before. */
export async function lookAt(
  ports: SubscribePorts,
  known: KnownConnection,
  topics: readonly string[],
  isAllowed: Allowed,
): Promise<Map<string, Subscribed>> {
  const { connectionId } = known.connection;
  const outcomes = new Map<string, Subscribed>();
  let now = known;
  for (let round = 0; round < lookRounds; round += 1) {
    const { revision } = now;
    const heard = await heardAmong(ports, now, topics);
    const open = topics.filter((topic) => !heard.has(topic) && !outcomes.has(topic));
    const old = othersOf(now, topics);
    if (open.length + old.length === 0) return outcomes;
    await ports.subscriptions.removeAll(old.map((topic) => keyOf(connectionId, topic)));
    const attempt = { ports, known: now, isAllowed, outcomes };
    const reserved = await reserve(attempt, open);
    const shards = new Map([...reserved.keys()].map((topic) => [topic, firstShard]));
    const noted = await ports.connections.replaceTopics(connectionId, shards, old, revision);
    if (noted) {
      await hearAllowed(attempt, [...reserved.keys()], async (topic) => {
        const { epoch } = noted;
        const isFresh = reserved.get(topic) === true;
        // What cannot be confirmed has been taken away since, by somebody who comes after us.
        const isHeard = await ports.subscriptions.confirm(keyOf(connectionId, topic), epoch);
        return isHeard ? { shard: firstShard, epoch, isFresh } : undefined;
      });
      return outcomes;
    }
    const found = await ports.connections.find(connectionId);
    if (found === undefined || found.isEnding) {
      const keys = [...reserved.keys()].map((topic) => keyOf(connectionId, topic));
      await ports.subscriptions.removeAll(keys);
      return new Map(topics.map((topic) => [topic, "gone"]));
    }
    now = found;
  }
  throw new Error(`connection ${connectionId} changed topics in ${lookRounds} rounds`);
}

const keyOf = (connectionId: string, topic: string) => ({
  topic,
  shard: firstShard,
  connectionId,
});

/**
 * Step 2: which topics are reserved now, and whether each is fresh. Nobody reads more of a focus
 * topic than one shard holds, so it is never split.
 */
async function reserve(attempt: Attempt, topics: readonly string[]): Promise<Map<string, boolean>> {
  const { ports, known } = attempt;
  const reserved = new Map<string, boolean>();
  await eachTopic(attempt, topics, async (topic) => {
    const subscription = { ...known.connection, topic, shard: firstShard };
    reserved.set(topic, (await ports.subscriptions.reserve(subscription)) === "reserved");
  });
  return reserved;
}

/** Those of some topics that a connection names and hears. */
async function heardAmong(
  { subscriptions }: SubscribePorts,
  { connection: { connectionId }, topics: named }: KnownConnection,
  topics: readonly string[],
): Promise<Set<string>> {
  const kept = topics.filter((topic) => named.has(topic));
  if (kept.length === 0) return new Set();
  const heard = await subscriptions.heardOf(kept.map((topic) => keyOf(connectionId, topic)));
  return new Set(heard.map(({ topic }) => topic));
}

function othersOf({ topics: named }: KnownConnection, topics: readonly string[]): string[] {
  return [...named.keys()].filter((topic) => isFocusTopic(topic) && !topics.includes(topic));
}
