/**
 * Message requests, where the operator turns them on. The first message to a stranger makes an
 * invitation of their membership in the direct room. Until they accept it or answer, their
 * connections hear nothing there, and the sender has no second message. Their membership alone says
 * so, and is read beside what a request reads anyway.
 */
import type { RoomItem } from "../../model.ts";
import type { Room } from "../../protocol/names.ts";
import {
  assertNotBlocked,
  findOther,
  heardAlone,
  notTaken,
  type RequestPorts,
} from "../rooms/membership.ts";
import { assertMay, type Standing, type StandingPorts, standingOf } from "../rooms/standing.ts";

/**
 * Where a user stands who changes something as a member does. The operator's servers lead every
 * room, and write as members only, so nothing here says whether one of them asks.
 * @throws ChatError `not_member`, `forbidden`, `closed`, `muted`
 */
export async function requireWriter(
  act: "edit" | "react",
  name: string,
  user: string,
  nowMs: number,
  ports: StandingPorts & RequestPorts,
): Promise<Standing> {
  const standing = await standingOf(ports, name, { user });
  assertMay(act, standing, { user }, nowMs);
  await assertTaken(ports, standing.room, user, standing.item);
  return standing;
}

/**
 * Refuse to change something in a direct room whose other user blocks this one, or has not accepted
 * the request: a change that went through while it waits would tell that it was not declined.
 * @throws ChatError `forbidden`
 */
async function assertTaken(
  ports: RequestPorts,
  room: Room,
  user: string,
  item: Pick<RoomItem, "blockedBy">,
): Promise<void> {
  assertNotBlocked(room, user, item);
  const other = await findOther(ports, room, user);
  if (other?.state) throw notTaken();
}

/** The room as those hear it who are in: of a direct room with a request, one user alone. */
export async function heardBy(
  { holdsRequests, memberships }: RequestPorts,
  room: Room,
): Promise<Room> {
  if (!holdsRequests || room.users === undefined) return room;
  const [a, b] = room.users;
  const found = await Promise.all([a, b].map((user) => memberships.find(user, room.name)));
  if (found[0]?.state) return heardAlone(room, b);
  return found[1]?.state ? heardAlone(room, a) : room;
}
