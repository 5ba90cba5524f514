/**
 * Whether a user belongs to a room. The room's name is looked at first: it says who belongs to a
 * direct room, so nothing is read for it. For a public room the membership is read.
 */

import type { OpenMemberships } from "../../ports.ts";
import { directUsers } from "../../protocol/names.ts";
import { assertMember } from "./access.ts";

export async function belongsTo(
  ports: { memberships: OpenMemberships },
  user: string,
  room: string,
): Promise<boolean> {
  const users = directUsers(room);
  if (users) return users.includes(user);
  return (await ports.memberships.find(user, room)) !== undefined;
}

/**
 * Refuse a user who does not belong to the room. Actions call this before they read anything else:
 * a refusal that first read the log would cost more than an answer, and the time that it takes
 * would tell a stranger whether the room is busy.
 * @throws ChatError `not_member`, `forbidden`
 */
export async function assertBelongs(
  ports: { memberships: OpenMemberships },
  operation: string,
  room: string,
  user: string,
): Promise<void> {
  assertMember(operation, room, user, await belongsTo(ports, user, room));
}
