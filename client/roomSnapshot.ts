/**
 * What a program is shown of a room, and what may change it. Every feature is a file with a
 * reducer: (snapshot, change) → snapshot, and the same snapshot where the change means nothing to
 * it. A feature that the protocol gains is one more file, its fields here and a line in `features`
 * of roomFeatures.ts.
 */
import type { ChatError } from "./chatError.ts";
import type { LogEvent, MessageEvent, ServerFrame } from "./frames.ts";

export interface Message {
  /** Its sender's name for it. Stays the same from `sending` on, so a list can be keyed by it. */
  readonly cid: string;
  /** Undefined for a message of mine that was written before the first connect. */
  readonly from: string | undefined;
  readonly isMine: boolean;
  /** The sender's display name, where their token has one. */
  readonly name?: string | undefined;
  readonly text: string;
  /** `failed`: `retry` or `discard` it. */
  readonly status: "sending" | "sent" | "failed";
  /** With `sent`: its position in the room, 1, 2, 3 … */
  readonly seq?: number;
  /** With `sent`: when the service took it; milliseconds since 1970. */
  readonly sentAtMs?: number;
  /** With `sent`: its version, 1 where it is missing; it rises with each change. */
  readonly v?: number | undefined;
  /** When it was last edited; milliseconds since 1970. */
  readonly editedAtMs?: number | undefined;
  /** Once it is deleted: by whom, and when. Its `text` is empty. */
  readonly deleted?: MessageEvent["deleted"];
  /** With `failed`: why. */
  readonly error?: ChatError;
}

export interface RoomSnapshot {
  readonly room: string;
  /** `open` once its newest messages are here; `failed`, with an `error`, when they cannot be. */
  readonly state: "idle" | "opening" | "open" | "failed";
  readonly error?: ChatError | undefined;
  /** The newest 500 at most, oldest first; at the end those of mine that are not sent yet. */
  readonly messages: readonly Message[];
  /** Whether the room has older messages than these. */
  readonly hasOlder: boolean;
  /** Who types, besides me. Told while the room is shown. */
  readonly typing: readonly string[];
  /** Who is online, in order of their names. Told while the room is shown. */
  readonly online: readonly string[];
  /** By user, the position up to which others have read. Told while the room is shown. */
  readonly reads: Readonly<Record<string, number>>;
}

export type RoomChange =
  | ServerFrame<"typing" | "presence" | "read">
  | { type: "state"; state: RoomSnapshot["state"]; error?: ChatError }
  /** The next event of the log. */
  | { type: "event"; event: MessageEvent; me: string | undefined }
  /** An event as it is now, that may be older than what is shown. */
  | { type: "changed"; now: MessageEvent; me: string | undefined }
  /** The newest page in place of what there was; or with `isOlder` the page before it. */
  | {
      type: "page";
      events: readonly LogEvent[];
      more: boolean;
      isOlder: boolean;
      me: string | undefined;
    }
  /** What a store kept, ahead of what there is, until the log brings it anew. */
  | { type: "restored"; messages: readonly Message[]; hasOlder?: boolean }
  | { type: "sending"; message: Message }
  | { type: "refused"; cid: string; error: ChatError }
  | { type: "discarded"; cid: string }
  /** How things are in the room, from `focused`. */
  | { type: "looked"; online: readonly string[]; reads: Readonly<Record<string, number>> }
  /** Nothing is told any more. */
  | { type: "lost" };

/** The same snapshot, or one with some fields changed. */
export type RoomReducer = (snapshot: RoomSnapshot, change: RoomChange) => RoomSnapshot;
