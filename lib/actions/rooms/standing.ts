/**
 * Where a user stands in a room, read strongly at the time of asking: so nothing that is asked for
 * after a right was taken away is granted by it.
 */
import type { Caller, Connection, Membership, RoomItem } from "../../model.ts";
import type { Clock, Memberships, Rooms } from "../../ports.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import { assertNotOthersRoom, assertPublic, findMember } from "./membership.ts";
import { type Act, assertAllowed, type Role, roleOf } from "./rights.ts";

export interface StandingPorts {
  memberships: Pick<Memberships, "find">;
  rooms: Pick<Rooms, "find">;
  clock: Pick<Clock, "nowMs">;
}

/** Who asks for something in a room that is not of their connection. */
export interface RoomCaller extends Caller {
  /** None over HTTP. */
  connection?: Connection;
  /** Whether a server of the operator's asks, which has an owner's rights everywhere. */
  isAdmin?: boolean;
}

export interface Standing {
  room: Room;
  item: RoomItem;
  membership: Membership | undefined;
  role: Role;
}

/** @throws ChatError `forbidden` (a direct room) */
export async function standingIn(
  ports: StandingPorts,
  name: string,
  caller: RoomCaller,
): Promise<Standing> {
  const room = parseRoom(name);
  assertPublic(room, caller.user);
  return standingAt(ports, room, caller);
}

/**
 * As `standingIn`, of direct rooms too. These belong to their two users, and nobody leads them.
 * @throws ChatError `forbidden` (others' direct room)
 */
export async function standingOf(
  ports: StandingPorts,
  name: string,
  caller: RoomCaller,
): Promise<Standing> {
  const room = parseRoom(name);
  assertNotOthersRoom(room, caller.user);
  return standingAt(ports, room, caller);
}

async function standingAt(ports: StandingPorts, room: Room, caller: RoomCaller): Promise<Standing> {
  const { user } = caller;
  const [membership, item] = await Promise.all([
    room.users ? findMember(ports, user, room) : ports.memberships.find(user, room.name),
    ports.rooms.find(room.name),
  ]);
  const isLed = !room.users && isLedBy(caller, room, item);
  const role = isLed ? "owner" : roleOf(user, membership, item);
  return { room, item, membership, role };
}

/**
 * Whether the caller is a server of the operator's, which leads every room that there is. A private
 * room is there when `create` has made it.
 */
export function isLedBy({ isAdmin = false }: RoomCaller, room: Room, item: RoomItem): boolean {
  return isAdmin && (!room.isPrivate || item.rev > 0);
}

export interface Target {
  user: string;
  role: Role;
}

/** The one whom a request is about. */
export async function targetIn(
  ports: StandingPorts,
  { room, item }: Standing,
  user: string,
): Promise<Target> {
  const membership = await ports.memberships.find(user, room.name);
  // Owners stay owners while they are out: nobody can keep them from coming back.
  const role = item.owners.includes(user) ? "owner" : roleOf(user, membership, item);
  return { user, role };
}

/**
 * Where the caller stands, who has this right there.
 * @throws ChatError `not_member`, `forbidden`, `closed`, `muted`
 */
export async function requireRight(
  act: Act,
  name: string,
  caller: RoomCaller,
  ports: StandingPorts,
): Promise<Standing> {
  const standing = await standingIn(ports, name, caller);
  assertMay(act, standing, caller, ports.clock.nowMs());
  return standing;
}

/** @throws ChatError `not_member`, `forbidden`, `closed`, `muted` */
export function assertMay(
  act: Act,
  { item, membership, role }: Standing,
  { user, isAdmin = false }: RoomCaller,
  nowMs: number,
  target?: Target,
): void {
  // An owner may step down, and the operator's servers may have one step down.
  const isSteppingDown = act === "grant" && (target?.user === user || isAdmin);
  assertAllowed({
    act,
    mine: role,
    ...(target && { theirs: target.role, isSteppingDown }),
    room: item,
    mutedUntilMs: membership?.mutedUntilMs,
    nowMs,
  });
}
