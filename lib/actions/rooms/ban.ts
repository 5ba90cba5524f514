/** Put a user out, and keep them out until `unban`. Also of somebody who never was in. */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type GoOutPorts, putOut } from "./putOut.ts";
import type { RoomCaller } from "./standing.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function ban(
  frame: ClientFrame<"ban">,
  caller: RoomCaller,
  ports: GoOutPorts,
): Promise<ServerFrame<"banned">> {
  await putOut("ban", frame, caller, ports);
  return { type: "banned", room: frame.room, user: frame.user };
}
