/** A room's place in its chat. */
import type { Waiting } from "./abort.ts";
import type { ChatClient, Requestable } from "./chatClient.ts";
import type { Fields, Reply } from "./frames.ts";
import type { Ports } from "./ports.ts";
import type { RoomListChange, RoomSummary } from "./roomList.ts";
import type { Store } from "./store.ts";

/** What a room needs of its chat. */
export interface ChatRoomContext {
  client: ChatClient;
  ports: Ports;
  store: Store | undefined;
  /** By room. */
  drafts: Map<string, string>;
  /** Resolves when what the store kept is shown; nothing when it is already. */
  restoring(): Promise<void> | undefined;
  /** Resolves when the chat is live. */
  live(): Promise<void>;
  /** Make a request, and show what its answer says of my rooms. */
  ask<A extends Requestable>(action: A, fields: Fields<A>, waiting?: Waiting): Promise<Reply<A>>;
  summary(room: string): RoomSummary | undefined;
  changed(change: RoomListChange): void;
  show(room: { readonly name: string }, isShown: boolean): void;
}

/** What is asked of a room, without its name. */
export type RoomAction = {
  [A in Requestable]: Fields<A> extends { room: string } ? A : never;
}[Requestable];
