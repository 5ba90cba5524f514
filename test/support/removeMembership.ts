/** A membership that is gone without anything that a leave does besides. */
import type { Memberships } from "../../lib/ports.ts";

export async function removeMembership(
  memberships: Pick<Memberships, "find" | "change">,
  user: string,
  room: string,
): Promise<void> {
  const { rev: fromRev = 0 } = (await memberships.find(user, room)) ?? {};
  const mark = `removed-${fromRev}`;
  await memberships.change(user, { room, state: "left", fromRev, mark, joinedAtMs: 0 });
}
