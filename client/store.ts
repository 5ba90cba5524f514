/**
 * What a chat tells its store, and what it gets back after a reload. Without a store a chat keeps
 * the same in its own memory, for as long as it lives. `storeOn` of `parley-client/store` makes a
 * store of anything that holds values by key.
 */
import type { ChatError } from "./chatError.ts";
import type { ChatSnapshot } from "./chatSnapshot.ts";
import type { Extras } from "./extras.ts";
import type { Position } from "./room.ts";
import type { RoomSummary } from "./roomList.ts";
import type { Message, RoomSnapshot } from "./roomSnapshot.ts";

/** A message of mine that the log is not known to hold. */
export interface KeptMessage extends Position {
  readonly room: string;
  readonly cid: string;
  readonly text: string;
  /** What it carries beside its text. */
  readonly extras?: Extras;
  /** Why it failed. Then it is shown, and not sent again by itself. */
  readonly failed?: Pick<ChatError, "code" | "message"> | undefined;
}

/** The newest messages of a room. */
export interface KeptPage {
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
}

/** What a store has kept from an earlier run of the program. */
export interface Kept {
  /** Whose it is: what waits to be sent must not go out as another's. */
  readonly user?: string | undefined;
  readonly rooms: readonly RoomSummary[];
  /** In the order in which they were sent. */
  readonly outbox: readonly KeptMessage[];
  /** By room. */
  readonly drafts: ReadonlyMap<string, string>;
}

/** Keeps things for one user. Nothing of it throws or rejects, and nothing takes long. */
export interface Store {
  /** What is kept. `fail` is to be called once, when from now on nothing is kept any more. */
  load(fail: (error: ChatError) => void): Promise<Kept>;
  page(room: string): Promise<KeptPage | undefined>;
  draft(room: string, text: string): void;
  /** The chat shows something else than before. */
  chat(before: ChatSnapshot, now: ChatSnapshot): void;
  /** A room does. The log has no message that is written now up to the position. */
  room(before: RoomSnapshot, now: RoomSnapshot, position: Position): void;
  /** Forget everything, and keep nothing any more. */
  clear(): Promise<void>;
}
