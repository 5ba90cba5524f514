/**
 * Who may touch a room. A direct room belongs to the two users whom its name names, before and
 * after the first message; membership of a public room is a stored fact that the caller reads
 * first.
 */

import { ChatError } from "../../protocol/chatError.ts";
import { directUsers } from "../../protocol/names.ts";

/** Refuse somebody else's direct room. Says nothing about public rooms. */
export function assertNotOthersRoom(operation: string, room: string, user: string): void {
  if (directUsers(room)?.includes(user) === false) {
    throw new ChatError("forbidden", `unable to ${operation} ${room}; it is between two others`);
  }
}

/** Refuse who does not belong to the room. */
export function assertMember(
  operation: string,
  room: string,
  user: string,
  belongs: boolean,
): void {
  assertNotOthersRoom(operation, room, user);
  if (!belongs) {
    throw new ChatError("not_member", `unable to ${operation} ${room}; join it first`);
  }
}

/** Refuse what only public rooms have: joining and leaving. */
export function assertPublic(operation: string, room: string, user: string): void {
  assertNotOthersRoom(operation, room, user);
  if (directUsers(room)) {
    throw new ChatError(
      "forbidden",
      `unable to ${operation} ${room}; a direct room always belongs to its two users`,
    );
  }
}
