/**
 * Stop being a member of a room, on every connection of the user.
 *
 * The membership goes first: a subscription that is being made meanwhile looks for it last, and
 * undoes itself. When `left` is sent no connection hears the room or looks at it any more, so
 * nothing that is sent there later is pushed. All of it runs for a non-member too, so that a leave
 * that was killed half-way is completed by its retry.
 *
 * An owner stops being one first, and looks behind the membership whether somebody made them one
 * again: who is out leads no room.
 */

import type { ClientFrame } from "../../protocol/clientFrames.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { publishToUser } from "../publish.ts";
import { stateOf } from "./membershipSteps.ts";
import { removeOwner } from "./owners.ts";
import type { GoOutPorts } from "./putOut.ts";
import { record } from "./record.ts";
import { notMember } from "./rights.ts";
import { type RoomCaller, type Standing, standingIn } from "./standing.ts";
import { takeStep } from "./takeStep.ts";
import { unsubscribeUser } from "./unsubscribeUser.ts";

/** @throws ChatError `last_owner`, `forbidden` (a direct room), `not_member` (a private room) */
export async function leave(
  frame: ClientFrame<"leave">,
  caller: RoomCaller,
  ports: GoOutPorts,
): Promise<ServerFrame<"left">> {
  const { user, connection } = caller;
  const standing = await standingIn(ports, frame.room, { user });
  const { room, membership } = standing;
  const state = stateOf(membership);
  const isOut = state !== "member" && state !== "invited";
  if (room.isPrivate && isOut) {
    // As if there were no such room; but what a leave that was killed left behind goes.
    if (state !== "none") await unsubscribeUser(ports, user, room);
    throw notMember();
  }
  const isChange = await goOut(standing, caller, ports);
  await unsubscribeUser(ports, user, room);
  if (isChange && room.isPrivate && state === "member") {
    await record(ports, room, caller, { kind: "member", user, change: "left" });
  }
  const left = { type: "left", room: room.name } as const;
  await publishToUser(ports, user, left, { connection });
  return left;
}

/** Whether the user was in until now. */
async function goOut(
  { room, item }: Standing,
  { user }: RoomCaller,
  ports: GoOutPorts,
): Promise<boolean> {
  if (item.owners.includes(user)) await removeOwner(ports, room.name, user);
  const step = { user, room: room.name };
  const nowMs = ports.clock.nowMs();
  const { isChange } = await takeStep(ports, { ...step, step: "leave" }, { nowMs });
  if (item.rev === 0) return isChange; // nobody led it, so nobody could make the user an owner
  try {
    await removeOwner(ports, room.name, user);
  } catch (error) {
    // Made an owner meanwhile by one who is gone: somebody has to be.
    await takeStep(ports, { ...step, step: "return" }, { nowMs });
    throw error;
  }
  return isChange;
}
