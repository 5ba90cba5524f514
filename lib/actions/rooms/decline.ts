/**
 * Say no to an invitation, or to a message request; the user's other connections are told. The
 * sender of a request is not, and is refused from then on as by a block.
 */
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { publishToUser } from "../publish.ts";
import { assertNotOthersRoom } from "./membership.ts";
import type { RoomCaller } from "./standing.ts";
import { type TellStepPorts, takeStep } from "./takeStep.ts";

/** @throws ChatError `not_member`, `conflict` (I am a member), `forbidden` (others' room) */
export async function decline(
  { room }: ClientFrame<"decline">,
  { user, connection }: RoomCaller,
  ports: TellStepPorts,
): Promise<ServerFrame<"declined">> {
  assertNotOthersRoom(parseRoom(room), user);
  const step = { user, room, step: "decline" } as const;
  await takeStep(ports, step, { nowMs: ports.clock.nowMs() });
  const declined = { type: "declined", room } as const;
  await publishToUser(ports, user, declined, { connection });
  return declined;
}
