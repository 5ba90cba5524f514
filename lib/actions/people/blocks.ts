/** A page of the users that I block. */
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { fittingPage } from "../../protocol/frameSize.ts";
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
  const { page, more } = fittingPage(all, found.length > limits.membersPage);
  return { type: "blocks", blocks: page, more };
}
