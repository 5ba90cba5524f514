/**
 * Who belongs to a room. A direct room belongs to the two users in its name, before and after its
 * first message, so nothing is read for it. Membership of a public room is stored, and read.
 */
import type { Membership, RoomItem } from "../../model.ts";
import type { Memberships } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { Room } from "../../protocol/names.ts";
import { notMember } from "./rights.ts";

export interface FindMemberPorts {
  memberships: Pick<Memberships, "find">;
}

/** A member's membership; undefined for everybody else. */
export async function findMember(
  ports: FindMemberPorts,
  user: string,
  { name, users }: Room,
): Promise<Membership | undefined> {
  if (users) {
    const always = { room: name, joinedAtMs: 0, readSeq: 0, readN: 0 };
    return users.includes(user) ? always : undefined;
  }
  const membership = await ports.memberships.find(user, name);
  return membership?.state === undefined ? membership : undefined; // those of others have one
}

export async function isMember(ports: FindMemberPorts, user: string, room: Room): Promise<boolean> {
  return (await findMember(ports, user, room)) !== undefined;
}

/**
 * Refuse a user who does not belong to the room. Actions call this before they read anything else:
 * a refusal that read the log first would cost more than an answer, and its time would tell a
 * stranger whether the room is busy.
 * @throws ChatError `not_member`, `forbidden`
 */
export async function requireMember(
  ports: FindMemberPorts,
  room: Room,
  user: string,
): Promise<Membership> {
  const member = await findMember(ports, user, room);
  assertMember(room, user, member);
  return member;
}

/** @throws ChatError `not_member`, `forbidden` */
export function assertMember(
  room: Room,
  user: string,
  member: Membership | undefined,
): asserts member is Membership {
  assertNotOthersRoom(room, user);
  if (member === undefined) throw notMember();
}

/** The other user of a direct room; undefined in any other room, and in one with oneself. */
export function otherIn({ users }: Room, user: string): string | undefined {
  return users?.find((one) => one !== user);
}

export interface RequestPorts extends FindMemberPorts {
  holdsRequests: boolean;
}

/** What the other user of a direct room is to it; undefined where requests are not held. */
export async function findOther(
  { holdsRequests, memberships }: RequestPorts,
  room: Room,
  user: string,
): Promise<Membership | undefined> {
  const other = holdsRequests ? otherIn(room, user) : undefined;
  return other === undefined ? undefined : memberships.find(other, room.name);
}

/** A direct room as one of its users hears it alone. */
export function heardAlone(room: Room, user: string): Room {
  return { ...room, users: [user, user] };
}

/** One refusal for a block, a request that waits and one that was declined: it tells none apart. */
export function notTaken(): ChatError {
  return new ChatError("forbidden", "you cannot write to this user");
}

/** Refuse to write to a user who has blocked the sender. @throws ChatError `forbidden` */
export function assertNotBlocked(
  room: Room,
  sender: string,
  { blockedBy = [] }: Pick<RoomItem, "blockedBy">,
): void {
  const other = otherIn(room, sender);
  if (other !== undefined && blockedBy.includes(other)) throw notTaken();
}

/** Whether it is a direct room between two others. */
export function isOthersRoom({ users }: Room, user: string): boolean {
  return users?.includes(user) === false;
}

/** Refuse a direct room between two others. @throws ChatError `forbidden` */
export function assertNotOthersRoom(room: Room, user: string): void {
  if (isOthersRoom(room, user)) {
    throw new ChatError("forbidden", "the room is between two others");
  }
}

/** Refuse to join or leave a direct room. @throws ChatError `forbidden` */
export function assertPublic(room: Room, user: string): void {
  assertNotOthersRoom(room, user);
  if (room.users) {
    throw new ChatError("forbidden", "a direct room always belongs to its two users");
  }
}
