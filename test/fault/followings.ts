/**
 * What a device has been handed of each room, as a program on it would see it: from where, and
 * which events. Kept also after the room is no longer followed, because what was handed out until
 * then must be the log's too.
 */
import type { ChatClient } from "../../client/chatClient.ts";
import type { LogEvent } from "../../client/index.ts";
import { directUsers } from "../../lib/protocol/names.ts";
import type { Recorder } from "./recorder.ts";

export interface Following {
  device: string;
  room: string;
  /** The position before the first event. */
  start: number;
  applied: LogEvent[];
  isOver: boolean;
}

export interface Followings {
  readonly all: readonly Following[];
  readonly rooms: string[];
  follow(room: string, after: number): void;
  end(room: string): void;
  cursor(room: string): number;
  /** Positions of the messages that were handed out of a room, oldest first. */
  messagesIn(room: string): number[];
}

interface FollowingOptions {
  device: string;
  client: ChatClient;
  recorder: Recorder;
}

export function followings({ device, client, recorder }: FollowingOptions): Followings {
  const all: Following[] = [];
  const current = new Map<string, Following>();

  const follow = (room: string, after: number) => {
    if (current.has(room)) return;
    const following: Following = { device, room, start: after, applied: [], isOver: false };
    current.set(room, following);
    all.push(following);
    client.follow(room, { after }).onEvent((event) => {
      following.applied.push(recorder.intern(room, event));
    });
  };
  const end = (room: string) => {
    const following = current.get(room);
    if (following === undefined) return;
    following.isOver = true;
    current.delete(room);
    client.unfollow(room);
  };

  client.on("welcome", ({ rooms }) => {
    // A direct room from its beginning on, a public one from where it is when we learn of it.
    for (const { room, seq } of rooms) follow(room, directUsers(room) ? 0 : seq);
  });
  client.on("joined", ({ room, seq }) => follow(room, seq));
  client.on("room", ({ room }) => {
    if (directUsers(room)) follow(room, 0);
  });
  client.on("problem", ({ room, error }) => {
    if (room !== undefined && error.code === "not_member") end(room);
  });
  return {
    all,
    get rooms() {
      return [...current.keys()];
    },
    follow,
    end,
    messagesIn(room) {
      const applied = current.get(room)?.applied ?? [];
      return applied.flatMap(({ kind, seq }) => (kind === "message" ? [seq] : []));
    },
    cursor: (room) => (current.has(room) ? client.follow(room).cursor : 0),
  };
}
