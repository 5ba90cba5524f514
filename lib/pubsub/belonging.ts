/**
 * Whether a user belongs to a room: a direct room's name says so, of a public room the membership
 * is read.
 */
import type { OpenMemberships } from "../ports.ts";
import { directUsers } from "../protocol/names.ts";

export async function belongsTo(
  ports: { memberships: OpenMemberships },
  user: string,
  room: string,
): Promise<boolean> {
  const users = directUsers(room);
  if (users) return users.includes(user);
  return (await ports.memberships.find(user, room)) !== undefined;
}
