/** A page of those who are banned from a room, from the index of memberships. */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { fittingPage } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { ListMembersPorts } from "./members.ts";
import { type RoomCaller, requireRight } from "./standing.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function bans(
  { room, after }: ClientFrame<"bans">,
  caller: RoomCaller,
  ports: ListMembersPorts,
): Promise<ServerFrame<"bans">> {
  await requireRight("see bans", room, caller, ports);
  const found = await ports.memberships.listPage(room, "banned", after, limits.membersPage);
  const banned = found.members.map(({ user }) => ({ user }));
  const { page, more } = fittingPage(banned, found.more);
  return { type: "bans", room, bans: page, more };
}
