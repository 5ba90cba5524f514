/**
 * Topics are what connections subscribe to. Every connection has its user's topic; a room's is
 * asked for. A room has a second topic for those who look at it, and its hints go there. A topic is
 * kept in one shard or more. A small audience is read as one list; one that may be large, as pages
 * to post to. For a message an audience is read twice, early and now.
 */
import type { KnownConnection, Subscription } from "../model.ts";
import type { ForgettableConnections } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { Room } from "../protocol/names.ts";
import type { Subscribers } from "../subscriptionPorts.ts";

export const userTopic = (user: string): string => `user:${user}`;
export const isUserTopic = (topic: string): boolean => topic.startsWith("user:");
export const roomTopic = (room: string): string => `room:${room}`;
export const focusTopic = (room: string): string => `focus:${room}`;
export const isFocusTopic = (topic: string): boolean => topic.startsWith("focus:");

/**
 * The most topics that a connection may have, this one included. Focus topics have places of their
 * own, so a connection that hears its full number of rooms can still look at four.
 */
export function topicsMax(topic: string): number {
  return limits.topicsPerConnection + (isFocusTopic(topic) ? limits.focusRooms : 0);
}

/** The room of a room's topic; undefined for any other. */
export function topicRoom(topic: string): string | undefined {
  return topic.startsWith("room:") ? topic.slice("room:".length) : undefined;
}

/**
 * The topics that a room's frames go to. A direct room has none of its own: both users always hear
 * it, on every connection, without subscribing, and a room with oneself is one topic, not the same
 * one twice.
 */
export function topicsOf({ name, users }: Room): string[] {
  return users ? [...new Set(users)].map(userTopic) : [roomTopic(name)];
}

/** Every topic has this one, and a user's topic no other. */
export const firstShard = 0;

/**
 * The shard of a connection, out of `shards`: spread evenly, and the same in every function
 * instance (FNV-1a; the number of shards is a power of two).
 */
export function shardOf(connectionId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < connectionId.length; index += 1) {
    hash = Math.imul(hash ^ connectionId.charCodeAt(index), 0x01000193);
  }
  // The low bits of so short a hash are the worst ones.
  return ((hash ^ (hash >>> 15)) >>> 0) % shards;
}

/**
 * How many shards a topic should have, given one of its shards that holds so many connections. Only
 * one of the newer half says anything: the older ones were filled when there were fewer.
 */
export function shardsWanted(shards: number, shard: number, connections: number): number {
  const isFull = connections > limits.shardConnections && shard >= Math.floor(shards / 2);
  return isFull ? Math.min(limits.shardsMax, shards * 2) : shards;
}

/** The subscriptions of users' topics. All are asked for at once: a direct room has two at most. */
export async function* audienceOfUsers(
  ports: { subscriptions: Subscribers },
  topics: readonly string[],
): AsyncGenerator<readonly Subscription[]> {
  const started = topics.map((topic) => begin(ports.subscriptions.listShard(topic, firstShard)));
  for (const { pages, first } of started) {
    for (let page = await first; !page.done; page = await pages.next()) yield page.value;
  }
}

/** Up to `max` of those who hear a room, and whether that is everybody. */
export async function someAudience(
  ports: { subscriptions: Subscribers },
  room: Room,
  max: number,
): Promise<{ found: Subscription[]; isAll: boolean }> {
  const parts = await Promise.all(
    topicsOf(room).map((topic) => ports.subscriptions.listSome(topic, max)),
  );
  const found = parts.flatMap((part) => part.found);
  return { found: found.slice(0, max), isAll: parts.every((p) => p.isAll) && found.length <= max };
}

/** Who hears a room, read before what is published to it is stored. */
export interface EarlyAudience {
  /** Nobody, where more connections hear it than one function posts to, or where reading failed. */
  found: Promise<readonly Subscription[]>;
  isRead: boolean;
}

/** Begin to read who hears a room. A failure is none: all of it is read again later. */
export function readEarly(ports: { subscriptions: Subscribers }, room: Room): EarlyAudience {
  const reading = someAudience(ports, room, limits.directConnections);
  const found = reading.then(
    (audience) => (audience.isAll ? audience.found : []),
    () => [],
  );
  const early: EarlyAudience = { found, isRead: false };
  void found.then(() => {
    early.isRead = true;
  });
  return early;
}

/**
 * The early audience, then the rest of what `readNow` finds: nobody comes twice. Reading now begins
 * behind the posts to the early ones, because on a small machine its own work would hold them up.
 * When the early ones are not there yet it begins at once, and the reading that ends first is
 * posted to first.
 */
export async function* earlyThenNow(
  early: EarlyAudience | undefined,
  readNow: () => AsyncIterable<readonly Subscription[]>,
): AsyncGenerator<readonly Subscription[]> {
  const posted = new Set<string>();
  let now: Begun | undefined;
  if (early) {
    if (!early.isRead) now = begin(readNow());
    const found = await firstOf(early, now);
    yield found;
    for (const { connectionId } of found) posted.add(connectionId);
  }
  const { pages, first } = now ?? begin(readNow());
  for (let page = await first; !page.done; page = await pages.next()) {
    yield page.value.filter(({ connectionId }) => !posted.has(connectionId));
  }
}

interface Begun {
  pages: AsyncIterator<readonly Subscription[]>;
  first: Promise<IteratorResult<readonly Subscription[]>>;
}

function begin(readable: AsyncIterable<readonly Subscription[]>): Begun {
  const pages = readable[Symbol.asyncIterator]();
  const first = pages.next();
  first.catch(() => {}); // awaited by its reader; until then it must not count as unhandled
  return { pages, first };
}

/** The early ones; nobody, when what is read now is there before them. */
async function firstOf(
  { found }: EarlyAudience,
  now: Begun | undefined,
): Promise<readonly Subscription[]> {
  if (now === undefined) return found;
  const none = now.first.then(
    () => [],
    () => found,
  );
  return Promise.race([found, none]);
}

/** Everybody who looks at a room; nobody when that is more than hints are for. */
export async function lookingAt(
  ports: { subscriptions: Subscribers },
  { name }: Room,
): Promise<Subscription[]> {
  const topic = focusTopic(name);
  const { found, isAll } = await ports.subscriptions.listSome(topic, limits.lookingConnections);
  return isAll ? found : [];
}

/** All connections of a user that the service knows, but for one. */
export async function connectionsOf(
  ports: { connections: Pick<ForgettableConnections, "findAll">; subscriptions: Subscribers },
  user: string,
  exceptConnection?: string,
): Promise<KnownConnection[]> {
  const ids: string[] = [];
  for await (const page of ports.subscriptions.listShard(userTopic(user), firstShard)) {
    ids.push(...page.map(({ connectionId }) => connectionId));
  }
  return ports.connections.findAll(ids.filter((id) => id !== exceptConnection));
}

export async function* onePageOf<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  yield items;
}
