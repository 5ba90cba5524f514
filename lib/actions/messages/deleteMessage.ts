/**
 * Delete a message: what it says leaves its item, and its place in the log stays, with who deleted
 * it. The update asks for no version, so no edit can win over it, in any order; and it leaves a
 * deleted message alone, so that twice is once. The notes of its mentions are removed before.
 */
import type { ChangeableMessage } from "../../model.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { deletedFields } from "../../protocol/events.ts";
import { limits } from "../../protocol/limits.ts";
import type { MessageEvent, ServerFrame } from "../../protocol/serverFrames.ts";
import { assertMay, type RoomCaller, type Standing, standingOf } from "../rooms/standing.ts";
import { type ChangeByRightPorts, changeMessage, type Decided } from "./changeMessage.ts";
import { messageFor, noMessage } from "./findMessage.ts";
import { type ForgetMentionsPorts, forgetMentions } from "./mentioning.ts";

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (no such message) */
export async function deleteMessage(
  { room, seq }: ClientFrame<"delete">,
  caller: RoomCaller,
  ports: ChangeByRightPorts & ForgetMentionsPorts,
): Promise<ServerFrame<"deleted">> {
  const nowMs = ports.clock.nowMs();
  const standing = await standingOf(ports, room, caller);
  assertMay("delete", standing, caller, nowMs);
  const options = { publishMs: limits.awaitedPublishMs };
  const before = (event: MessageEvent) => forgetMentions(ports, room, event);
  const request = { room: standing.room, seq, options, before };
  const v = await changeMessage(request, ports, (found) => decide(found, standing, caller, nowMs));
  return { type: "deleted", room, seq, v };
}

/** @throws ChatError `forbidden`, `bad_request` (a message that a moderator may not see) */
function decide(
  { event }: ChangeableMessage,
  standing: Standing,
  caller: RoomCaller,
  nowMs: number,
): Decided {
  const isMine = event.from === caller.user;
  if (!isMine) {
    assertMay("delete others' messages", standing, caller, nowMs);
    // A moderator may not see what was said before their log begins.
    if (!messageFor(standing.membership, event)) throw noMessage(event.seq);
  }
  if (event.deleted) return { made: { v: event.v ?? 1 } };
  const deleted = { by: isMine ? "author" : "moderator", atMs: nowMs } as const;
  return { set: { deleted }, remove: deletedFields };
}
