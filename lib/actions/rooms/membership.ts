/**
 * Who belongs to a room. A direct room belongs to the two users in its name, before and after its
 * first message, so nothing is read for it. Membership of a public room is stored, and read.
 */
import type { Memberships } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { Room } from "../../protocol/names.ts";

export interface MembershipPorts {
  memberships: Pick<Memberships, "find">;
}

export async function isMember(ports: MembershipPorts, user: string, room: Room): Promise<boolean> {
  if (room.users) return room.users.includes(user);
  return (await ports.memberships.find(user, room.name)) !== undefined;
}

/**
 * Refuse a user who does not belong to the room. Actions call this before they read anything else:
 * a refusal that read the log first would cost more than an answer, and its time would tell a
 * stranger whether the room is busy.
 * @throws ChatError `not_member`, `forbidden`
 */
export async function requireMember(
  ports: MembershipPorts,
  operation: string,
  room: Room,
  user: string,
): Promise<void> {
  assertMember(operation, room, user, await isMember(ports, user, room));
}

/** @throws ChatError `not_member`, `forbidden` */
export function assertMember(operation: string, room: Room, user: string, belongs: boolean): void {
  assertNotOthersRoom(operation, room, user);
  if (!belongs) {
    throw new ChatError("not_member", `unable to ${operation} ${room.name}; join it first`);
  }
}

/** Whether it is a direct room between two others. */
export function isOthersRoom({ users }: Room, user: string): boolean {
  return users?.includes(user) === false;
}

/** Refuse a direct room between two others. @throws ChatError `forbidden` */
export function assertNotOthersRoom(operation: string, room: Room, user: string): void {
  if (isOthersRoom(room, user)) {
    const message = `unable to ${operation} ${room.name}; it is between two others`;
    throw new ChatError("forbidden", message);
  }
}

/** Refuse to join or leave a direct room. @throws ChatError `forbidden` */
export function assertPublic(operation: string, room: Room, user: string): void {
  assertNotOthersRoom(operation, room, user);
  if (room.users) {
    const reason = "a direct room always belongs to its two users";
    throw new ChatError("forbidden", `unable to ${operation} ${room.name}; ${reason}`);
  }
}
