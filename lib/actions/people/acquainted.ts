/**
 * Whether those in a room may be shown what the others do. In a direct room that is once both users
 * have written there, and while neither blocks the other: so nobody disturbs a stranger with hints,
 * or finds out when one is online.
 */
import type { Memberships, Rooms } from "../../ports.ts";
import type { Room } from "../../protocol/names.ts";

export interface AcquaintedPorts {
  memberships: Pick<Memberships, "find">;
  rooms: Pick<Rooms, "find">;
}

export async function areAcquainted(
  { memberships, rooms }: AcquaintedPorts,
  { users, name }: Room,
): Promise<boolean> {
  if (users === undefined) return true;
  const [{ blockedBy = [] }, ...found] = await Promise.all([
    rooms.find(name),
    ...users.map((user) => memberships.find(user, name)),
  ]);
  return blockedBy.length === 0 && found.every((membership) => membership?.hasWritten);
}
