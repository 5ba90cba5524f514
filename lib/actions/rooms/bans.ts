/** A page of those who are banned from a room, from the index of memberships. */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { ListPorts } from "./members.ts";
import { type RoomCaller, requireRight } from "./standing.ts";

const operation = "see who is banned from";

/** @throws ChatError `not_member`, `forbidden` */
export async function bans(
  { room, after }: ClientFrame<"bans">,
  caller: RoomCaller,
  ports: ListPorts,
): Promise<ServerFrame<"bans">> {
  await requireRight("see bans", operation, room, caller, ports);
  const page = await ports.memberships.listPage(room, "banned", after, limits.membersPage);
  const all = page.members.map(({ user }) => ({ user }));
  const fitting = all.slice(0, countThatFit(all));
  return { type: "bans", room, bans: fitting, more: page.more || fitting.length < all.length };
}
