/**
 * A page of the public rooms whose owners want them to be found. They are in an index, which has
 * nothing of any other room; somebody who asks joins none of them.
 */
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { fittingPage } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { RoomCaller } from "./standing.ts";

export async function directory(
  { after }: ClientFrame<"directory">,
  _caller: RoomCaller,
  { rooms }: Pick<Ports, "rooms">,
): Promise<ServerFrame<"directory">> {
  const found = await rooms.listDirectory(after, limits.directoryPage);
  const all = found.rooms.map(({ room, item: { title, topic, closed } }) => ({
    room,
    ...(title && { title }),
    ...(topic && { topic }),
    ...(closed && { closed }),
  }));
  const { page, more } = fittingPage(all, found.more);
  return { type: "directory", rooms: page, more };
}
