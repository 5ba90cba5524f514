/**
 * Let a caller's connection hear a public room, and tell those who look at it when its user was not
 * online there before. Direct rooms need no subscription: a connection that the service knows hears
 * them.
 */

import type { ConnectedCaller } from "../../model.ts";
import type { KnownConnection, Ports } from "../../ports.ts";
import { ChatError, ConnectionEnded } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import {
  type Confirmed,
  type SubscribePorts,
  subscribe,
  unsubscribe,
} from "../../pubsub/subscribe.ts";
import { focusTopic, roomTopic, shardOf, shardsWanted, topicsMax } from "../../pubsub/topics.ts";
import { isOnlineElsewhere } from "../people/presence.ts";
import { type PublishPorts, publishHint } from "../publish.ts";
import { isMember, type MembershipPorts } from "./membership.ts";

export type SubscribeToRoomPorts = PublishPorts &
  Pick<Ports, "memberships" | "connections" | "subscriptions">;

/**
 * What the connection hears from now on, to be said on its item by `sayConfirmed`. `wasSaid`: the
 * item said so before. Where it did not, the word may be lost in a request that was killed.
 * @throws ChatError `not_member`, `forbidden` (too many rooms on one connection); ConnectionEnded
 * `forgotten`
 */
export async function subscribeToRoom(
  ports: SubscribeToRoomPorts,
  caller: ConnectedCaller,
  room: Room,
  wasSaid: boolean,
): Promise<Confirmed> {
  const topic = roomTopic(room.name);
  const subscribed = await subscribeMember(ports, caller, room, topic, "subscribe to");
  if (subscribed.isFresh || !wasSaid) {
    await showOnline(ports, caller, room);
    if (ports.random() * limits.splitCheckOneIn < 1) {
      await splitIfFull(ports, topic, caller.connection.connectionId);
    }
  }
  return subscribed;
}

/**
 * Subscribe a member's connection to one of a room's topics.
 * @throws ChatError `not_member`, `forbidden` (too many topics on one connection); ConnectionEnded
 * `forgotten`
 */
export async function subscribeMember(
  ports: SubscribePorts & MembershipPorts,
  { user, connection }: ConnectedCaller,
  room: Room,
  topic: string,
  operation: string,
): Promise<Confirmed & { isFresh: boolean }> {
  const subscribed = await subscribe(ports, connection, topic, memberCheck(ports, user, room));
  if (subscribed === "gone") throw new ConnectionEnded("forgotten");
  if (subscribed === "full") throw full();
  if (subscribed === "refused") {
    throw new ChatError("not_member", `unable to ${operation} ${room.name}; join it first`);
  }
  return subscribed;
}

async function showOnline(
  ports: SubscribeToRoomPorts,
  { user, connection: { connectionId } }: ConnectedCaller,
  room: Room,
): Promise<void> {
  const atMs = ports.clock.nowMs(); // after the subscription: see showOffline
  const frame = { type: "presence", room: room.name, user, online: true, atMs } as const;
  await publishHint(ports, room, frame, {
    exceptConnection: connectionId,
    isNews: async () => !(await isOnlineElsewhere(ports, { user, connectionId }, room, atMs)),
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
  ports: SubscribePorts & MembershipPorts,
  { connection: { connectionId, user }, topics }: KnownConnection,
  room: Room,
): Promise<boolean> {
  const isStillMember = memberCheck(ports, user, room);
  const leaveTopic = async (topic: string) =>
    topics.has(topic) && unsubscribe(ports, connectionId, topic, isStillMember);
  await leaveTopic(focusTopic(room.name));
  return leaveTopic(roomTopic(room.name));
}

/** Looks, each time that it is called, whether the user is a member of a room. */
export function memberCheck(
  ports: MembershipPorts,
  user: string,
  room: Room,
): () => Promise<boolean> {
  return () => isMember(ports, user, room);
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
 * Refuse early, before anything is written, what `subscribeToRoom` would refuse late.
 * @throws ChatError `forbidden`
 */
export function assertCanHear({ topics }: KnownConnection, topic: string): void {
  if (topics.size >= topicsMax(topic) && !topics.has(topic)) throw full();
}

function full(): ChatError {
  const reason = `this connection hears ${limits.topicsPerConnection} topics already`;
  return new ChatError("forbidden", `unable to subscribe; ${reason}`);
}
