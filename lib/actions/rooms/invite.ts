/**
 * Invite a user, who is told on all of their connections, and at `hello`. The invitation is stored
 * before they are told. Inviting again, or inviting a member, changes and tells nothing. Somebody
 * who blocks the caller is not invited.
 */
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { assertAllowance } from "../allowance.ts";
import { hasBlocked } from "../people/blocked.ts";
import { publishToUser } from "../publish.ts";
import { type RoomCaller, requireRight } from "./standing.ts";
import { type TellStepPorts, takeStep } from "./takeStep.ts";

type InvitePorts = TellStepPorts & Pick<Ports, "rooms" | "allowance">;

/** @throws ChatError `not_member`, `forbidden`, `closed`, `banned` */
export async function invite(
  frame: ClientFrame<"invite">,
  caller: RoomCaller,
  ports: InvitePorts,
): Promise<ServerFrame<"invited">> {
  const { item } = await requireRight("invite", frame.room, caller, ports);
  if (await hasBlocked(ports, frame.user, caller.user)) {
    throw new ChatError("forbidden", "you cannot invite this user");
  }
  await assertAllowance(ports, caller, "invitations");
  return inviteUser(ports, frame.room, frame.user, caller.user, item.title);
}

export async function inviteUser(
  ports: TellStepPorts,
  room: string,
  user: string,
  by: string,
  title: string | undefined,
): Promise<ServerFrame<"invited">> {
  const details = { nowMs: ports.clock.nowMs(), invitedBy: by };
  const { isChange } = await takeStep(ports, { user, room, step: "invite" }, details);
  const invited = { type: "invited", room, user, by, ...(title && { title }) } as const;
  if (isChange) await publishToUser(ports, user, invited);
  return invited;
}
