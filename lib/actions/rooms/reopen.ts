/** Open a room that was closed. */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { ChangeRoomAndRecordPorts } from "./configure.ts";
import { shut } from "./shut.ts";
import type { RoomCaller } from "./standing.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function reopen(
  { room }: ClientFrame<"reopen">,
  caller: RoomCaller,
  ports: ChangeRoomAndRecordPorts,
): Promise<ServerFrame<"reopened">> {
  return { type: "reopened", room, rev: await shut(room, false, caller, ports) };
}
