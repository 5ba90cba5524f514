/**
 * A page of a room's log, ascending: the newest, or what lies before, after or around a position.
 * Events are as they are now. Entries that say that one has changed are left out, but behind a
 * position: there the page is the log as it is, for readers who follow it. Subscribes nobody. The
 * log of a member who sees only what came after they joined begins there.
 */

import type { Caller, EventRange } from "../../model.ts";
import type { Memberships, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { requireMember } from "../rooms/membership.ts";
import { withNow } from "./present.ts";

type Frame = Omit<ClientFrame<"history">, "action" | "id">;

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (a position beyond the head) */
export async function history(
  frame: Frame,
  caller: Caller,
  ports: Pick<Ports, "log"> & { memberships: Pick<Memberships, "find"> },
): Promise<ServerFrame<"history">> {
  const { room, after, around } = frame;
  const { fromSeq } = await requireMember(ports, parseRoom(room), caller.user);
  const page = await (around === undefined
    ? pageOf(frame, fromSeq, ports)
    : pageAround(around, frame, fromSeq, ports));
  const first = page.events[0]?.seq ?? 0;
  // Behind a position no event is left out, but those that retention took.
  const isCut = after !== undefined && first > Math.max(after + 1, fromSeq ?? 0);
  const from = isCut ? first : fromSeq;
  return { type: "history", room, ...page, ...(from !== undefined && { from }) };
}

type Page = Pick<ServerFrame<"history">, "events" | "more">;

async function pageOf(
  { room, before, after, limit = limits.historyLimitDefault }: Frame,
  fromSeq: number | undefined,
  ports: Pick<Ports, "log">,
): Promise<Page> {
  const isCut = fromSeq !== undefined && (after ?? 0) < fromSeq - 1;
  const behind = isCut ? fromSeq - 1 : after;
  const range: EventRange = {
    ...(before !== undefined && { before }),
    ...(behind !== undefined && { after: behind }),
    limit: limit + 1, // one more tells whether there is more
    order: after === undefined ? "newest first" : "oldest first",
    bytesMax: limits.frameBytes,
    withoutChanged: after === undefined,
  };
  const found = await ports.log.list(room, range);
  if (after !== undefined && found.length === 0) await assertNotBeyondHead(room, after, ports);

  const bytesMax = limits.frameBytes;
  const shown = await withNow(ports.log, room, found, { fromSeq, bytesMax });
  const events = shown.slice(0, Math.min(limit, countThatFit(shown)));
  const more = events.length < found.length;
  if (range.order === "newest first") events.reverse();
  return { events, more };
}

/** The event at a position, if it is shown, and as many on both sides of it as there is space. */
async function pageAround(
  around: number,
  { room, limit = limits.historyLimitDefault }: Frame,
  fromSeq: number | undefined,
  ports: Pick<Ports, "log">,
): Promise<Page> {
  const half = { limit: limit + 1, bytesMax: limits.frameBytes, withoutChanged: true };
  const [older, newer] = await Promise.all([
    ports.log.list(room, {
      ...{ ...half, before: around + 1, order: "newest first" },
      ...(fromSeq !== undefined && { after: fromSeq - 1 }),
    }),
    ports.log.list(room, {
      ...{ ...half, after: Math.max(around, (fromSeq ?? 1) - 1), order: "oldest first" },
    }),
  ]);
  if (newer.length === 0) await assertNotBeyondHead(room, around, ports);
  // By turns from the middle, so that a page that is cut is cut on both sides.
  const length = Math.max(older.length, newer.length);
  const outward = Array.from({ length }, (_, index) => [older[index], newer[index]])
    .flat()
    .filter((event) => event !== undefined);
  const events = outward.slice(0, Math.min(limit, countThatFit(outward)));
  const more = events.length < outward.length;
  return { events: events.sort((a, b) => a.seq - b.seq), more };
}

/** Positions are dense, so a cursor is beyond the head exactly when nothing is at it. */
async function assertNotBeyondHead(
  room: string,
  after: number,
  ports: Pick<Ports, "log">,
): Promise<void> {
  if (after === 0 || (await ports.log.find(room, after))) return;
  throw new ChatError("bad_request", "the cursor is beyond the head of the room");
}
