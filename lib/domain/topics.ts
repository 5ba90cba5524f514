/**
 * Topics are what connections subscribe to. Every connection has its user's topic; a room's is
 * asked for.
 */
import { directUsers } from "../protocol/names.ts";

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
export function topicsOfRoom(room: string): string[] {
  const users = directUsers(room);
  return users ? [...new Set(users)].map(userTopic) : [roomTopic(room)];
}
