/**
 * Forget connections: for `$disconnect`, for posts that were answered "gone" and for expired
 * subscriptions. What a connection subscribes to goes first and its item last, because it is what
 * names the rest: killed anywhere, the next attempt finds what is left.
 *
 * One connection is marked as ending first, so that it gains nothing more while what it has is
 * removed. Many are removed in batches, which cannot mark: a handler that subscribes such a
 * connection at that very moment can leave a subscription that nothing names. Its connection is
 * gone, so whoever publishes to it next removes it; until then `who` counts it.
 */
import { mapInFlight } from "../concurrency.ts";
import type { Subscription, SubscriptionKey } from "../domain/model.ts";
import { topicRoom } from "../domain/topics.ts";
import type {
  EndingConnections,
  KnownConnection,
  KnownConnections,
  Subscribers,
} from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";
import { onePageOf, smallAudience } from "./audience.ts";
import { type DeliverPorts, deliver } from "./deliver.ts";
import { encodeFrame } from "./post.ts";

export type PublishPorts = DeliverPorts & {
  connections: KnownConnections;
  subscriptions: Subscribers;
};
export type ForgetPorts = PublishPorts & { connections: EndingConnections };

/** Forget a connection and tell its rooms, where it was its user's last one there. */
export async function forget(ports: ForgetPorts, connectionId: string): Promise<void> {
  const known = await ports.connections.end(connectionId);
  if (known === undefined) return;
  await ports.subscriptions.removeAll(keysOf(known));
  await ports.connections.removeAll([connectionId]);
  await tellRooms(ports, roomsOf([known]));
}

/**
 * Forgets whoever a delivery finds gone. Past the deadline the rest stays for the next delivery to
 * find.
 */
export function forgetting(
  ports: PublishPorts,
  deadlineMs: number,
): (gone: readonly Subscription[]) => Promise<void> {
  return async (gone) => {
    if (ports.clock.nowMs() >= deadlineMs) return;
    await tellRooms(ports, await eraseAll(ports, gone));
  };
}

/**
 * Tell a room which users have no connection left in it; nothing of those who have one, and nothing
 * at all in a large room.
 */
export async function announceOffline(
  ports: PublishPorts,
  users: readonly string[],
  room: string,
): Promise<void> {
  // Taken before the list: whoever comes back after it has a later time, and the newest wins.
  const atMs = ports.clock.nowMs();
  const audience = await smallAudience(ports, room);
  if (audience === undefined) return;
  const present = audience.filter(({ expiresAtMs }) => expiresAtMs > atMs);
  const frames = users
    .filter((user) => !present.some((other) => other.user === user))
    .map((user): ServerFrame => ({ type: "presence", room, user, online: false, atMs }));
  if (frames.length === 0) return;
  const selection = { withinMs: limits.awaitedPublishMs };
  await deliver(ports, onePageOf(present), frames.map(encodeFrame), selection, async (gone) => {
    await eraseAll(ports, gone); // silently: presence because of presence would never end
  });
}

/** Users by the rooms that they may have left for good. */
type RoomsLeft = Map<string, Set<string>>;

/** Rooms that are told at once. */
const roomsInFlight = 8;

async function tellRooms(ports: PublishPorts, rooms: RoomsLeft): Promise<void> {
  await mapInFlight([...rooms], roomsInFlight, ([room, users]) =>
    announceOffline(ports, [...users], room),
  );
}

/** First the very subscriptions that answered: no item may name them. */
async function eraseAll(ports: PublishPorts, gone: readonly Subscription[]): Promise<RoomsLeft> {
  await ports.subscriptions.removeAll(gone);
  const known = await ports.connections.findAll(gone.map(({ connectionId }) => connectionId));
  await ports.subscriptions.removeAll(known.flatMap(keysOf));
  await ports.connections.removeAll(known.map(({ connection }) => connection.connectionId));
  const rooms = roomsOf(known);
  for (const { topic, user } of gone) addRoom(rooms, topic, user);
  return rooms;
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
