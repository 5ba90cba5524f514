/**
 * Who is online in a room. A user is online while one of their connections hears the room; a count
 * over its subscriptions says so, and nothing is stored for it. Those who look at a room are told
 * when a user's first connection begins to hear it (rooms/subscribeToRoom.ts), and here when their
 * last one goes. What else a user hears is read from their own connections, so that it costs the
 * same in a room of any size, and nothing while nobody looks.
 *
 * A connection that comes looks for others behind its own confirmation, and one that goes looks
 * when its subscription is gone. So of these two at least one sees the other: if the one that comes
 * sees the other, it says nothing, and the other will see it and say nothing either. If it does
 * not, it says online, with a later time than any offline that missed it. Of two that come, one may
 * leave the word to the other only when that has said it: see `isOnlineElsewhere`.
 *
 * Telling a room may find further connections gone. Those are forgotten without a word, because
 * presence that causes presence would never end.
 */

import { mapInFlight } from "../../concurrency.ts";
import type { KnownConnection, Subscription } from "../../model.ts";
import type { Clock, ForgettableConnections } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { deliver, noDelivery, reportDelivery } from "../../pubsub/deliver.ts";
import { encodeFrame } from "../../pubsub/post.ts";
import {
  connectionsOf,
  lookingAt,
  onePageOf,
  roomTopic,
  someAudience,
} from "../../pubsub/topics.ts";
import type { Subscribers } from "../../subscriptionPorts.ts";

export interface Online {
  /** How many connections of each user, by user in code-unit order. */
  online: { user: string; connections: number }[];
  /** Whether everybody was counted. */
  isComplete: boolean;
}

/** A lower bound once there are too many subscriptions to read for it. */
export async function onlineIn(
  ports: { subscriptions: Subscribers; clock: Clock },
  room: Room,
): Promise<Online> {
  const nowMs = ports.clock.nowMs();
  const counts = new Map<string, number>();
  const { found, isAll } = await someAudience(ports, room, limits.whoSubscriptions);
  for (const { user, expiresAtMs } of found) {
    if (expiresAtMs > nowMs) counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  const online = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([user, connections]) => ({ user, connections }));
  return { online, isComplete: isAll };
}

/** Users by the rooms that they may have left for good. */
export type RoomsLeft = Map<string, Set<string>>;

/** What a delivery does with connections that it finds gone. */
type Erase = (gone: readonly Subscription[]) => Promise<void>;

export type ConnectionsByUser = (user: string) => Promise<KnownConnection[]>;

/** Rooms that are told at once. */
const roomsInFlight = 8;

/** Tell those who look at rooms which of these users have no connection left there, in time. */
export async function showOffline(
  ports: PublishPorts,
  rooms: RoomsLeft,
  deadlineMs: number,
  erase: Erase,
): Promise<void> {
  const outcome = noDelivery();
  // Taken before anything is read: a user who comes back after it has a later time, and the newest
  // wins.
  const atMs = ports.clock.nowMs();
  const connections = connectionsByUser(ports);
  await mapInFlight([...rooms], roomsInFlight, async ([name, users]) => {
    if (ports.clock.nowMs() >= deadlineMs) return;
    const room = parseRoom(name);
    const looking = (await lookingAt(ports, room)).filter(({ expiresAtMs }) => expiresAtMs > atMs);
    if (looking.length === 0) return;
    const absent = await absentFrom(ports, room, users, connections, atMs);
    const frames = absent.map(
      (user): ServerFrame => ({ type: "presence", room: name, user, online: false, atMs }),
    );
    const withinMs = Math.min(limits.awaitedPublishMs, deadlineMs - ports.clock.nowMs());
    if (frames.length === 0 || withinMs <= 0) return;
    await deliver(ports, onePageOf(looking), frames.map(encodeFrame), { withinMs }, erase, outcome);
  });
  reportDelivery(ports, outcome, { type: "presence" });
}

/**
 * Whether another connection of a user hears a room, so that those who look know that the user is
 * online. Its item must say so, which it does behind its own word to them: a connection that is
 * still coming may have left the word to this one.
 */
export async function isOnlineElsewhere(
  ports: { subscriptions: Subscribers },
  others: readonly KnownConnection[],
  user: string,
  room: Room,
  atMs: number,
): Promise<boolean> {
  const said = others.filter(({ confirmed }) => confirmed.has(roomTopic(room.name)));
  return (await hearing(ports, said, room, atMs)).has(user);
}

/**
 * Users without a connection that hears a room. One look reads connections one after the other. So
 * it may miss a new connection that found an ending one and left the announcement to it. A user
 * with two connections counts as absent only when a second look finds neither of them.
 */
async function absentFrom(
  ports: PublishPorts,
  room: Room,
  users: ReadonlySet<string>,
  connections: ConnectionsByUser,
  atMs: number,
): Promise<string[]> {
  const known = await Promise.all([...users].map(connections));
  const present = await hearing(ports, known.flat(), room, atMs);
  const several = [...users].filter((user, n) => !present.has(user) && (known[n]?.length ?? 0) > 1);
  const again = await Promise.all(several.map((user) => connectionsOf(ports, user)));
  const missed = await hearing(ports, again.flat(), room, atMs);
  return [...users].filter((user) => !present.has(user) && !missed.has(user));
}

/** Reads the connections of each user once, all but one, however many rooms ask for them. */
export function connectionsByUser(
  ports: { connections: Pick<ForgettableConnections, "findAll">; subscriptions: Subscribers },
  exceptConnection?: string,
): ConnectionsByUser {
  const asked = new Map<string, Promise<KnownConnection[]>>();
  return (user) => {
    const known = asked.get(user) ?? connectionsOf(ports, user, exceptConnection);
    asked.set(user, known);
    return known;
  };
}

/** Whose of these connections hear a room: a topic that is only noted may not be heard yet. */
async function hearing(
  ports: { subscriptions: Subscribers },
  known: readonly KnownConnection[],
  { name }: Room,
  atMs: number,
): Promise<Set<string>> {
  const topic = roomTopic(name);
  const users = new Map<string, string>();
  const keys = known.flatMap(({ connection: { connectionId, user, expiresAtMs }, topics }) => {
    const shard = topics.get(topic);
    if (shard === undefined || expiresAtMs <= atMs) return [];
    users.set(connectionId, user);
    return { topic, shard, connectionId };
  });
  const heard = await ports.subscriptions.heardOf(keys);
  return new Set(heard.map(({ connectionId }) => users.get(connectionId) ?? ""));
}
