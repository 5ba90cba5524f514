/**
 * Forget connections: for `$disconnect`, for posts that were answered "gone" and for expired
 * subscriptions. What a connection subscribes to goes first and its item last, because it is what
 * names the rest: killed anywhere, the next attempt finds what is left.
 *
 * One connection is marked as ending first, so that it gains nothing more while what it has is
 * removed. Many are removed in batches, which cannot mark: a handler that subscribes such a
 * connection at that very moment can leave a subscription that nothing names. Its connection is
 * gone, so the next publish to it removes it; until then `who` counts it.
 */

import type { KnownConnection, Subscription, SubscriptionKey } from "../../model.ts";
import type { EndableConnections } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { isUserTopic, topicRoom } from "../../pubsub/topics.ts";
import { type RoomsLeft, showOffline } from "../people/presence.ts";

export type ForgetPorts = PublishPorts & { connections: EndableConnections };

/**
 * Forget a connection, and tell the rooms where it was its user's last one: as many as the time
 * allows.
 */
export async function forget(ports: ForgetPorts, connectionId: string): Promise<void> {
  const bounds = boundsFrom(ports.clock.nowMs() + limits.publishMs);
  const known = await ports.connections.end(connectionId);
  if (known === undefined) return;
  await unsubscribeAll(ports, [known]);
  await ports.connections.removeAll([connectionId]);
  await tellRooms(ports, roomsOf([known]), bounds);
}

/**
 * Forgets the connections that a delivery finds gone, and tells their rooms. A reply may wait for
 * this, so it is bounded. The next delivery finds the connections that are left.
 */
export function forgetting(
  ports: PublishPorts,
  deadlineMs: number,
): (gone: readonly Subscription[]) => Promise<void> {
  const bounds = boundsFrom(deadlineMs);
  return async (gone) => tellRooms(ports, await eraseAll(ports, gone, bounds), bounds);
}

/** Tell those who look at a room that a user has no connection left in it, if that is so. */
export async function announceOffline(
  ports: PublishPorts,
  user: string,
  room: string,
): Promise<void> {
  const bounds = boundsFrom(ports.clock.nowMs() + limits.awaitedPublishMs);
  await tellRooms(ports, new Map([[room, new Set([user])]]), bounds);
}

/** What forgetting may still do, of all that follows from one delivery. */
interface Bounds {
  readonly deadlineMs: number;
  subscriptionsLeft: number;
}

const boundsFrom = (deadlineMs: number): Bounds => ({
  deadlineMs,
  subscriptionsLeft: limits.subscriptionsForgotten,
});

async function tellRooms(ports: PublishPorts, rooms: RoomsLeft, bounds: Bounds): Promise<void> {
  await showOffline(ports, rooms, bounds.deadlineMs, async (gone) => {
    await eraseAll(ports, gone, bounds);
  });
}

/**
 * Delete the 410 subscriptions first: their connection item may already be gone. Then delete their
 * connections, each whole or not at all, as far as the bounds go.
 */
async function eraseAll(
  ports: PublishPorts,
  gone: readonly Subscription[],
  bounds: Bounds,
): Promise<RoomsLeft> {
  const found = gone.slice(0, bounds.subscriptionsLeft);
  if (found.length === 0 || ports.clock.nowMs() >= bounds.deadlineMs) return new Map();
  bounds.subscriptionsLeft -= found.length;
  await ports.subscriptions.removeAll(found);
  const known = await ports.connections.findAll(found.map(({ connectionId }) => connectionId));
  const erased = known.filter(({ topics }) => {
    const fits = topics.size <= bounds.subscriptionsLeft;
    if (fits) bounds.subscriptionsLeft -= topics.size;
    return fits;
  });
  await unsubscribeAll(ports, erased);
  await ports.connections.removeAll(erased.map(({ connection }) => connection.connectionId));
  const rooms = roomsOf(erased);
  for (const { topic, user } of found) addRoom(rooms, topic, user);
  return rooms;
}

/** Users' topics go last: by these `leave` and presence find what a connection still hears. */
async function unsubscribeAll(
  { subscriptions }: PublishPorts,
  known: readonly KnownConnection[],
): Promise<void> {
  const keys = known.flatMap(keysOf);
  await subscriptions.removeAll(keys.filter(({ topic }) => !isUserTopic(topic)));
  await subscriptions.removeAll(keys.filter(({ topic }) => isUserTopic(topic)));
}

function keysOf({ connection: { connectionId }, topics }: KnownConnection): SubscriptionKey[] {
  return [...topics].map(([topic, shard]) => ({ topic, shard, connectionId }));
}

function roomsOf(known: readonly KnownConnection[]): RoomsLeft {
  const rooms: RoomsLeft = new Map();
  for (const { connection, topics } of known) {
    for (const topic of topics.keys()) addRoom(rooms, topic, connection.user);
  }
  return rooms;
}

function addRoom(rooms: RoomsLeft, topic: string, user: string): void {
  const room = topicRoom(topic);
  if (room !== undefined) rooms.set(room, (rooms.get(room) ?? new Set()).add(user));
}
