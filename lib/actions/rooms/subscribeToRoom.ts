/**
 * Let a caller's connection hear public rooms, and tell those who look at them when its user was
 * not online there before. Direct rooms need no subscription: a connection that the service knows
 * hears them.
 */

import type { Caller, KnownConnection, Membership } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError, ConnectionEnded } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import {
  type Allowed,
  isConfirmed,
  type Subscribed,
  type SubscribePorts,
  sayConfirmed,
  subscribe,
  unsubscribe,
} from "../../pubsub/subscribe.ts";
import { focusTopic, roomTopic, shardOf, shardsWanted, topicsMax } from "../../pubsub/topics.ts";
import { announceOffline } from "../connections/forget.ts";
import {
  type ConnectionsByUser,
  connectionsByUser,
  isOnlineElsewhere,
} from "../people/presence.ts";
import { publishHint } from "../publish.ts";
import {
  assertMember,
  assertNotOthersRoom,
  type FindMemberPorts,
  findMember,
  isMember,
} from "./membership.ts";
import { notMember } from "./rights.ts";

export type SubscribeToRoomPorts = PublishPorts &
  Pick<Ports, "memberships" | "rooms" | "connections" | "subscriptions">;

/**
 * Let a connection hear rooms, and tell those who look at them. What became of each. Where the item
 * said before that it does, nobody is told again. Where it did not, the word may be lost in a
 * request that was killed.
 */
export async function subscribeToRooms(
  ports: SubscribeToRoomPorts,
  { user }: Caller,
  known: KnownConnection,
  rooms: readonly Room[],
): Promise<Map<Room, Subscribed>> {
  const { connectionId } = known.connection;
  const topics = new Map(rooms.map((room) => [room, roomTopic(room.name)]));
  const isStillMember = memberCheck(ports, user, topics);
  const outcomes = await subscribe(ports, known, [...topics.values()], isStillMember);
  const confirmed = new Map(
    [...outcomes].flatMap(([topic, of]) => (isConfirmed(of) ? [[topic, of]] : [])),
  );
  // Read when somebody looks at one of the rooms, behind the subscriptions of all of them.
  const others = connectionsByUser(ports, connectionId);
  const tell = async (room: Room, topic: string) => {
    const heard = confirmed.get(topic);
    if (heard === undefined || (!heard.isFresh && known.confirmed.has(topic))) return;
    await showOnline(ports, { user, connectionId }, room, others);
    if (ports.random() * limits.splitCheckOneIn < 1) await splitIfFull(ports, topic, connectionId);
  };
  await Promise.all([...topics].map(([room, topic]) => tell(room, topic)));
  const isThere = await sayConfirmed(ports, connectionId, confirmed);
  const become = [...topics].map(async ([room, topic]): Promise<[Room, Subscribed]> => {
    const outcome = outcomes.get(topic) ?? "refused";
    if (isThere || !isConfirmed(outcome)) return [room, outcome];
    await announceOffline(ports, user, room.name);
    return [room, "gone"];
  });
  return new Map(await Promise.all(become));
}

/**
 * That a connection hears a room.
 * @throws ChatError `not_member`, `forbidden` (too many topics on one connection); ConnectionEnded
 * `forgotten`; what an outage was
 */
export function assertHeard(subscribed: Subscribed): void {
  if (subscribed === "gone") throw new ConnectionEnded("forgotten");
  if (subscribed === "full") throw full();
  if (subscribed === "refused") throw notMember();
  if ("failed" in subscribed) throw subscribed.failed;
}

async function showOnline(
  ports: SubscribeToRoomPorts,
  { user, connectionId }: { user: string; connectionId: string },
  room: Room,
  others: ConnectionsByUser,
): Promise<void> {
  const atMs = ports.clock.nowMs(); // after the subscription: see showOffline
  const frame = { type: "presence", room: room.name, user, online: true, atMs } as const;
  await publishHint(ports, room, frame, {
    exceptConnection: connectionId,
    isNews: async () => !(await isOnlineElsewhere(ports, await others(user), user, room, atMs)),
  });
}

/**
 * Split a topic when the shard that a connection was put in is full. Every so often somebody who
 * subscribes looks, so that a topic grows before anything is published to it.
 */
async function splitIfFull(
  ports: Pick<Ports, "subscriptions">,
  topic: string,
  connectionId: string,
): Promise<void> {
  const shards = await ports.subscriptions.shardsOf(topic);
  const shard = shardOf(connectionId, shards);
  let connections = 0;
  for await (const page of ports.subscriptions.listShard(topic, shard)) {
    connections += page.length;
    if (connections > limits.shardConnections) break;
  }
  const wanted = shardsWanted(shards, shard, connections);
  if (wanted > shards) await ports.subscriptions.split(topic, wanted);
}

/**
 * Let a connection of somebody who is no member any more neither hear a public room nor look at it.
 * True when it heard it. Killed half-way, it is done again by the next `leave`, `sync` or `focus`.
 */
export async function unsubscribeFromRoom(
  ports: SubscribePorts & FindMemberPorts,
  { connection: { connectionId, user }, topics }: KnownConnection,
  room: Room,
): Promise<boolean> {
  const leaveTopic = async (topic: string) =>
    topics.has(topic) &&
    unsubscribe(ports, connectionId, topic, memberCheck(ports, user, new Map([[room, topic]])));
  await leaveTopic(focusTopic(room.name));
  return leaveTopic(roomTopic(room.name));
}

/**
 * Refuse a user who does not belong to a room before anything is written. A leave that died
 * half-way may have left the connection subscribed: it is completed.
 * @throws ChatError `not_member`, `forbidden`
 */
export async function assertBelongs(
  ports: SubscribePorts & FindMemberPorts,
  room: Room,
  user: string,
  known: KnownConnection | undefined,
): Promise<Membership> {
  assertNotOthersRoom(room, user);
  const member = await findMember(ports, user, room);
  if (member === undefined && known) await unsubscribeFromRoom(ports, known, room);
  assertMember(room, user, member);
  return member;
}

/** Looks, each time that it is called, whether the user is a member of a topic's room. */
export function memberCheck(
  ports: FindMemberPorts,
  user: string,
  topics: ReadonlyMap<Room, string>,
): Allowed {
  const rooms = new Map([...topics].map(([room, topic]) => [topic, room]));
  return async (topic) => {
    const room = rooms.get(topic);
    return room !== undefined && isMember(ports, user, room);
  };
}

/**
 * The caller's connection, as the service knows it. A client that was forgotten learns it here, at
 * its next `join` or `sync`, instead of waiting for frames that never come.
 * @throws ConnectionEnded `forgotten`
 */
export async function getConnection(
  ports: Pick<Ports, "connections">,
  connectionId: string,
): Promise<KnownConnection> {
  const known = await ports.connections.find(connectionId);
  if (known === undefined || known.isEnding) throw new ConnectionEnded("forgotten");
  return known;
}

/**
 * Refuse early, before anything is written, what `subscribeToRooms` would refuse late.
 * @throws ChatError `forbidden`
 */
export function assertCanHear({ topics }: KnownConnection, topic: string): void {
  if (topics.size >= topicsMax(topic) && !topics.has(topic)) throw full();
}

function full(): ChatError {
  const reason = `this connection hears ${limits.topicsPerConnection} topics already`;
  return new ChatError("forbidden", reason);
}
