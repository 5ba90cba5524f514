/**
 * A page of a room's log, ascending: the newest, or what lies before or after a position.
 * Subscribes nobody. The log of a member who sees only what came after they joined begins there.
 */

import type { Caller, EventRange } from "../../model.ts";
import type { OpenMemberships, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { requireMember } from "../rooms/membership.ts";

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (a cursor beyond the head) */
export async function history(
  frame: Omit<ClientFrame<"history">, "action" | "id">,
  caller: Caller,
  ports: Pick<Ports, "log"> & { memberships: OpenMemberships },
): Promise<ServerFrame<"history">> {
  const { room, before, after } = frame;
  const limit = frame.limit ?? limits.historyLimitDefault;
  const { fromSeq } = await requireMember(ports, "read", parseRoom(room), caller.user);
  const isCut = fromSeq !== undefined && (after ?? 0) < fromSeq - 1;
  const behind = isCut ? fromSeq - 1 : after;
  const range: EventRange = {
    ...(before !== undefined && { before }),
    ...(behind !== undefined && { after: behind }),
    limit: limit + 1, // one more tells whether there is more
    order: after === undefined ? "newest first" : "oldest first",
    bytesMax: limits.frameBytes,
  };
  const found = await ports.log.list(room, range);
  if (after !== undefined && found.length === 0) await assertNotBeyondHead(room, after, ports);

  const events = found.slice(0, Math.min(limit, countThatFit(found)));
  const more = events.length < found.length;
  if (range.order === "newest first") events.reverse();
  return { type: "history", room, events, more, ...(fromSeq !== undefined && { from: fromSeq }) };
}

/** Positions are dense, so a cursor is beyond the head exactly when nothing is at it. */
async function assertNotBeyondHead(
  room: string,
  after: number,
  ports: Pick<Ports, "log">,
): Promise<void> {
  if (after === 0 || (await ports.log.find(room, after))) return;
  const message = `unable to read ${room}; the cursor is beyond the head of the room`;
  throw new ChatError("bad_request", message);
}
