/**
 * Who is online in a room. A user is online while one of their connections hears the room; a count
 * over its subscriptions says so, and nothing is stored for it. Small rooms are told whenever a
 * connection begins to hear them (rooms/subscribeToRoom.ts), and here when a user's last one goes.
 *
 * Telling a room may find further connections gone. Those are forgotten without a word, because
 * presence that causes presence would never end.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Subscription } from "../../model.ts";
import type { Clock, Subscribers } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import {
  type DeliverPorts,
  type Delivery,
  deliver,
  noDelivery,
  reportSkipped,
} from "../../pubsub/deliver.ts";
import { encodeFrame } from "../../pubsub/post.ts";
import { onePageOf, smallAudience, someAudience } from "../../pubsub/topics.ts";

export interface Online {
  /** Connections of each user, by user in code-unit order. */
  connections: Map<string, number>;
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
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return { connections: new Map(sorted), isComplete: isAll };
}

/** Users by the rooms that they may have left for good. */
export type RoomsLeft = Map<string, Set<string>>;

/** What a delivery does with connections that it finds gone. */
type Erase = (gone: readonly Subscription[]) => Promise<void>;

/** Rooms that are told at once. */
const roomsInFlight = 8;

/** Tell small rooms which of these users have no connection left there, as far as time goes. */
export async function showOffline(
  ports: DeliverPorts & { subscriptions: Subscribers },
  rooms: RoomsLeft,
  deadlineMs: number,
  erase: Erase,
): Promise<void> {
  const outcome = noDelivery();
  await mapInFlight([...rooms], roomsInFlight, ([room, users]) =>
    showOfflineIn(ports, parseRoom(room), [...users], deadlineMs, erase, outcome),
  );
  reportSkipped(ports, outcome, { type: "presence" });
}

async function showOfflineIn(
  ports: DeliverPorts & { subscriptions: Subscribers },
  room: Room,
  users: readonly string[],
  deadlineMs: number,
  erase: Erase,
  outcome: Delivery,
): Promise<void> {
  // Taken before the list: a user who comes back after it has a later time, and the newest wins.
  const atMs = ports.clock.nowMs();
  const withinMs = Math.min(limits.awaitedPublishMs, deadlineMs - atMs);
  if (withinMs <= 0) return;
  const audience = await smallAudience(ports, room);
  if (audience === undefined) return;
  const present = audience.filter(({ expiresAtMs }) => expiresAtMs > atMs);
  const frames = users
    .filter((user) => !present.some((other) => other.user === user))
    .map((user): ServerFrame => ({ type: "presence", room: room.name, user, online: false, atMs }));
  if (frames.length === 0) return;
  await deliver(ports, onePageOf(present), frames.map(encodeFrame), { withinMs }, erase, outcome);
}
