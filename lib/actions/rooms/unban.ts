/** Let a user in again, who is then as somebody who left. Of one who is not banned, nothing. */

import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type RecordPorts, record } from "./record.ts";
import { type RoomCaller, requireRight } from "./standing.ts";
import type { StepPorts } from "./takeStep.ts";
import { takeStep } from "./takeStep.ts";

export type ModeratePorts = RecordPorts & StepPorts & Pick<Ports, "rooms">;

/** @throws ChatError `not_member`, `forbidden` */
export async function unban(
  { room: name, user, reason }: ClientFrame<"unban">,
  caller: RoomCaller,
  ports: ModeratePorts,
): Promise<ServerFrame<"unbanned">> {
  const standing = await requireRight("unban", name, caller, ports);
  const step = { user, room: name, step: "unban" } as const;
  const { isChange } = await takeStep(ports, step, { nowMs: ports.clock.nowMs() });
  const because = reason ? { reason } : {};
  const told = { kind: "member", user, change: "unbanned", ...because } as const;
  if (isChange) await record(ports, standing.room, caller, told);
  return { type: "unbanned", room: name, user };
}
