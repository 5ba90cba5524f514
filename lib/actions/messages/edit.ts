/**
 * Put another text in place of a message's of mine. Without `v` the last edit wins; with it, only
 * an edit of the message as its author saw it. The item keeps the names of its last edits, so one
 * that is sent again is answered with the version that it made, and overwrites no later one.
 */
import type { ChangeableMessage } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { assertNotBlocked } from "../rooms/membership.ts";
import { assertMay, type RoomCaller, standingOf } from "../rooms/standing.ts";
import { type ChangeMessagePorts, changeMessage, type Decided } from "./changeMessage.ts";
import { contentOf, lackingIn } from "./content.ts";
import { assertNotDeleted } from "./findMessage.ts";
import { fittingReactions } from "./reactionSummary.ts";

const operation = "edit a message in";

/** An edit on its way: what it says, when, and by which name. */
interface Wanted {
  frame: Omit<ClientFrame<"edit">, "action" | "id">;
  cid: string;
  user: string;
  nowMs: number;
}

/**
 * @throws ChatError `not_member`, `forbidden`, `closed`, `muted`, `bad_request` (no such message),
 * `deleted`, `conflict`
 */
export async function edit(
  frame: ClientFrame<"edit">,
  caller: RoomCaller,
  ports: ChangeMessagePorts & Pick<Ports, "newId">,
): Promise<ServerFrame<"edited">> {
  const { room, seq } = frame;
  const nowMs = ports.clock.nowMs();
  const standing = await standingOf(ports, operation, room, caller);
  assertMay("edit", operation, standing, caller, nowMs);
  assertNotBlocked(operation, standing.room, caller.user, standing.item);
  const wanted = { frame, cid: frame.cid ?? ports.newId(), user: caller.user, nowMs };
  const options = { publishMs: limits.awaitedPublishMs };
  const request = { operation, room: standing.room, seq, options };
  const v = await changeMessage(request, ports, (found) => decideEdit(found, wanted));
  return { type: "edited", room, seq, v };
}

/** @throws ChatError `forbidden`, `deleted`, `conflict` */
export function decideEdit(
  { event, edits }: ChangeableMessage,
  { frame, cid, user, nowMs }: Wanted,
): Decided {
  const unable = `unable to ${operation} ${frame.room}`;
  if (event.from !== user) {
    throw new ChatError("forbidden", `${unable}; it is another user's message`);
  }
  assertNotDeleted(operation, frame.room, event);
  const made = edits.find((one) => one.cid === cid);
  if (made) return { made };
  const v = event.v ?? 1;
  if (frame.v !== undefined && frame.v !== v) {
    throw new ChatError("conflict", `${unable}; the message is at v ${v}`, { now: event });
  }
  const kept = [...edits, { cid, v: v + 1 }].slice(-limits.editsKept);
  const content = { ...contentOf(frame), editedAtMs: nowMs };
  // Beside a longer text fewer may be named.
  const reactions = event.reactions && {
    reactions: fittingReactions(event.reactions, { ...event, ...content }),
  };
  return { fromV: v, set: { ...content, ...reactions, edits: kept }, remove: lackingIn(frame) };
}
