/** What a program is shown of a chat. */
import type { ChatError } from "./chatError.ts";
import type { ServerFrame } from "./frames.ts";
import type { RoomSummary } from "./roomList.ts";
import type { Status } from "./status.ts";

/** The state of the connection, and its user. */
export interface ConnectionSnapshot {
  /** `live` once the service has said who I am; `offline` while waiting for the next try. */
  readonly state: Status;
  /** Why, where it is not what was asked for. */
  readonly reason?: ChatError | undefined;
  /** With `offline`: when the next try begins; milliseconds since 1970. */
  readonly retryAtMs?: number | undefined;
  /** Who I am, once the service has said so. */
  readonly user?: string | undefined;
}

/** An invitation: the room, its title, who invites me (`by`), and the time. */
export type Invitation = Readonly<ServerFrame<"welcome">["invitations"][number]>;

/** What `chat.snapshot` holds. */
export interface ChatSnapshot {
  readonly connection: ConnectionSnapshot;
  /** My rooms, in order of their names. */
  readonly rooms: readonly RoomSummary[];
  /** Of all of them that I do not hide. */
  readonly unread: number;
  /** `chat.room(name).join()` accepts one. */
  readonly invitations: readonly Invitation[];
}
