/**
 * Frames as a client sees them. What the service sends is trusted to be of its form, but it may
 * hold types and fields that are newer than this client, and the gateway may put in a word of its
 * own.
 */
import type {
  ChangedEvent,
  LogEvent,
  MessageEvent,
  Replies,
  Requests,
  RoomEvent,
  ServerFrames,
  SyncedRoom,
} from "./protocol.ts";

export type { ChangedEvent, LogEvent, MessageEvent, RoomEvent, SyncedRoom };

export type Action = keyof Requests;

/** What a request of each action says, besides its action and the `id` that it is given. */
export type Fields<A extends Action> = Requests[A];

/** A frame of the service's, by its type; any of them where no type is given. */
export type ServerFrame<T extends keyof ServerFrames = keyof ServerFrames> = ServerFrames[T];

/** What an action is answered by, when it is granted. */
export type Reply<A extends Action> = ServerFrames[Replies[A]];

/** A frame, or `gateway` for one of the gateway's own, or nothing where there is none. */
export function readFrame(data: unknown): ServerFrame | "gateway" | undefined {
  if (typeof data !== "string" || data === "") return undefined;
  try {
    const frame: unknown = JSON.parse(data);
    if (typeof frame !== "object" || frame === null) return undefined;
    return "type" in frame ? (frame as ServerFrame) : "gateway";
  } catch {
    return undefined; // not JSON, so neither the service's nor the gateway's
  }
}
