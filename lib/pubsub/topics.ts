/**
 * Topics are what connections subscribe to. Every connection has its user's topic; a room's is
 * asked for.
 */
import { limits } from "../protocol/limits.ts";
import type { Room } from "../protocol/names.ts";

export const userTopic = (user: string): string => `user:${user}`;
export const roomTopic = (room: string): string => `room:${room}`;

/** The room of a room's topic; undefined for a user's topic. */
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
 * The shard that a connection is put in, of so many: spread evenly, and the same whoever computes
 * it (FNV-1a; the number of shards is a power of two).
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
