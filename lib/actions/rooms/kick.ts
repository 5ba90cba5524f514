/** Put a member out, who may come back: to a public room at once, to a private one when invited. */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type GoOutPorts, putOut } from "./putOut.ts";
import type { RoomCaller } from "./standing.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function kick(
  frame: ClientFrame<"kick">,
  caller: RoomCaller,
  ports: GoOutPorts,
): Promise<ServerFrame<"kicked">> {
  await putOut("kick", frame, caller, ports);
  return { type: "kicked", room: frame.room, user: frame.user };
}
