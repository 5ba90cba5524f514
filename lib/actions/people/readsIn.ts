/** How far the members of a room have read it, where that is shown. */
import type { Memberships, Rooms } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { areAcquainted } from "./acquainted.ts";

interface ReadsPorts {
  memberships: Memberships;
  rooms: Pick<Rooms, "find">;
}

export type Reads = ServerFrame<"readers">["readers"];

/**
 * By user in code-unit order. Of a direct room: of both users, once both have written. Undefined of
 * a room with more than `limits.readersShown` members.
 */
export async function readsIn(ports: ReadsPorts, room: Room): Promise<Reads | undefined> {
  const { memberships } = ports;
  const { name, users } = room;
  if (users !== undefined) return directReads(ports, room, [...new Set(users)]);
  const members = await memberships.listMembers(name, limits.readersShown);
  return members
    ?.map(({ user, readSeq, readN }) => ({ user, seq: readSeq, n: readN }))
    .sort((a, b) => (a.user < b.user ? -1 : 1));
}

async function directReads(
  ports: ReadsPorts,
  room: Room,
  users: readonly string[],
): Promise<Reads> {
  if (!(await areAcquainted(ports, room))) return [];
  const found = await Promise.all(users.map((user) => ports.memberships.find(user, room.name)));
  return users.map((user, index) => {
    const { readSeq = 0, readN = 0 } = found[index] ?? {};
    return { user, seq: readSeq, n: readN };
  });
}
