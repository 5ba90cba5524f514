/**
 * What a program is shown of a room, and what may change it. Every feature is a file with a
 * reducer: (snapshot, change) → snapshot, and the same snapshot where the change means nothing to
 * it. A feature that the protocol gains is one more file, its fields here and a line in `features`
 * of roomFeatures.ts.
 */
import type { ChatError } from "./chatError.ts";
import type { Extras } from "./extras.ts";
import type { LogEvent, MessageEvent, RoomEvent, ServerFrame } from "./frames.ts";

/** Who reacted to a message with one emoji. */
export interface Reaction {
  readonly emoji: string;
  /** How many did; a lower bound beyond 1,000. */
  readonly count: number;
  /** The first of them. */
  readonly users: readonly string[];
  /** Whether I did. Where not all are named it is known of reactions that I made meanwhile. */
  readonly isMine: boolean;
}

/** A message as it is now: stored, on its way, or failed. */
export interface Message extends Readonly<Omit<Extras, "thread">> {
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
  /**
   * Of a reply, the position of its root: a room's list leaves it out unless it is `inRoom`. Of a
   * root, how many replies there are, and the position of the last.
   */
  readonly thread?: MessageEvent["thread"];
  /** Who reacted to it, by emoji, in the order in which they were first used. */
  readonly reactions?: readonly Reaction[] | undefined;
}

/** What `room.snapshot` holds. */
export interface RoomSnapshot {
  readonly room: string;
  /**
   * `open` once its newest messages are here; `failed`, with an `error`, when they cannot be;
   * `left` when I am no member any more, with `by` and `reason` where I was put out.
   */
  readonly state: "idle" | "opening" | "open" | "failed" | "left";
  readonly error?: ChatError | undefined;
  readonly by?: string | undefined;
  readonly reason?: string | undefined;
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
  /** Positions of the messages that are pinned. Told while the room is shown. */
  readonly pins: readonly number[];
  /** The room's `rev` as of the newest entry that set something of it. */
  readonly rev: number;
}

export type RoomChange =
  | ServerFrame<"typing" | "presence" | "read">
  | ({ type: "state" } & Pick<RoomSnapshot, "state" | "error" | "by" | "reason">)
  /** The next event of the log. */
  | { type: "event"; event: MessageEvent }
  /** An event as it is now, that may be older than what is shown. */
  | { type: "changed"; now: MessageEvent }
  /** The newest page in place of what there was; or with `isOlder` the page before it. */
  | {
      type: "page";
      events: readonly LogEvent[];
      more: boolean;
      isOlder: boolean;
    }
  /** What a store kept, ahead of what there is, until the log brings it anew. */
  | { type: "restored"; messages: readonly Message[]; hasOlder?: boolean }
  /** Something of the room was set. */
  | { type: "set"; event: RoomEvent }
  | { type: "sending"; message: Message }
  | { type: "refused"; cid: string; error: ChatError }
  | { type: "discarded"; cid: string }
  /** How things are in the room, from `focused`. */
  | ({ type: "looked" } & Pick<RoomSnapshot, "online" | "reads" | "pins">)
  /** Nothing is told any more. */
  | { type: "lost" };

/** The same snapshot, or one with some fields changed. `me` is my name, once it is known. */
export type RoomReducer = (
  snapshot: RoomSnapshot,
  change: RoomChange,
  me: string | undefined,
) => RoomSnapshot;
