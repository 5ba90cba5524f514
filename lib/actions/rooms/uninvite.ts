/**
 * Take an invitation back. Accepting and taking back race on one item: the second one is told
 * that the user is a member, or not invited.
 */
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { publishToUser } from "../publish.ts";
import { type RoomCaller, requireRight } from "./standing.ts";
import { type TellStepPorts, takeStep } from "./takeStep.ts";

/** @throws ChatError `not_member`, `forbidden`, `conflict` (the user is a member) */
export async function uninvite(
  { room, user }: ClientFrame<"uninvite">,
  caller: RoomCaller,
  ports: TellStepPorts & Pick<Ports, "rooms">,
): Promise<ServerFrame<"uninvited">> {
  await requireRight("uninvite", room, caller, ports);
  const step = { user, room, step: "uninvite" } as const;
  const { isChange } = await takeStep(ports, step, { nowMs: ports.clock.nowMs() });
  const uninvited = { type: "uninvited", room, user } as const;
  if (isChange) await publishToUser(ports, user, uninvited);
  return uninvited;
}
