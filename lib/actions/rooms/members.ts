/**
 * A page of a room's members, with their roles. Who belongs to it is from an index, so somebody who
 * has just come may be missing; what is said of each is as it is.
 */
import type { Memberships } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { fittingPage } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type RoomCaller, requireRight, type StandingPorts } from "./standing.ts";

export type ListMembersPorts = StandingPorts & {
  memberships: Pick<Memberships, "find" | "listPage">;
};

/** @throws ChatError `not_member`, `forbidden` (a direct room) */
export async function members(
  { room, after, limit = limits.membersPage }: ClientFrame<"members">,
  caller: RoomCaller,
  ports: ListMembersPorts,
): Promise<ServerFrame<"members">> {
  const standing = await requireRight("see members", room, caller, ports);
  const nowMs = ports.clock.nowMs();
  const found = await ports.memberships.listPage(room, "members", after, limit);
  const { owners } = standing.item;
  const all = found.members.map(({ user, role, mutedUntilMs = 0 }) => ({
    user,
    role: owners.includes(user) ? ("owner" as const) : (role ?? ("member" as const)),
    ...(mutedUntilMs > nowMs && { mutedUntilMs }),
  }));
  const { page, more } = fittingPage(all, found.more);
  return { type: "members", room, members: page, more };
}
