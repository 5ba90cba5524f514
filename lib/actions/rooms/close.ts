/** Close a room: its members go on reading, and nothing can be added. */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { ChangeRoomAndRecordPorts } from "./configure.ts";
import { shut } from "./shut.ts";
import type { RoomCaller } from "./standing.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function close(
  { room }: ClientFrame<"close">,
  caller: RoomCaller,
  ports: ChangeRoomAndRecordPorts,
): Promise<ServerFrame<"closed">> {
  return { type: "closed", room, rev: await shut(room, true, caller, ports) };
}
