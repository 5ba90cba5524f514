/** A page of the users that I block. */
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { RoomCaller } from "../rooms/standing.ts";

export async function blocks(
  { after }: ClientFrame<"blocks">,
  { user }: RoomCaller,
  ports: Pick<Ports, "blocks">,
): Promise<ServerFrame<"blocks">> {
  const found = await ports.blocks.list(user, after, limits.membersPage + 1);
  const all = found.slice(0, limits.membersPage).map((blocked) => ({ user: blocked }));
  const fitting = all.slice(0, countThatFit(all));
  return { type: "blocks", blocks: fitting, more: found.length > fitting.length };
}
