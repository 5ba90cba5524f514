/**
 * The healer of changes: what the table's stream says was changed is announced, where the request
 * that changed it died before it could. Mostly it did not, and its entry is found. The message is
 * read anew, because it may have changed again since, and one entry is enough for both.
 *
 * An entry is written before anybody is told, as in a request. Repeating all of it is harmless.
 *
 * The stream brings every reply in a thread, too, and the replies to each root are counted anew.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Ports } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import { type AnnounceChangePorts, ensureAnnounced } from "./announceChange.ts";
import type { Appended } from "./fanOut.ts";
import { noteReply, recountReplies, rootOf } from "./replies.ts";

export type AnnounceChangesPorts = AnnounceChangePorts & Pick<Ports, "report" | "replies">;

/** Rooms that are looked at together. */
const roomsInFlight = 16;

/** Announce what changed in each room; the rooms where that failed, at least in part. */
export async function announceChanges(
  changed: readonly (Appended & { writtenAtMs?: number })[],
  ports: AnnounceChangesPorts,
): Promise<Set<string>> {
  const rooms = new Map<string, Set<number>>();
  const nowMs = ports.clock.nowMs();
  for (const { room, event, writtenAtMs = nowMs } of changed) {
    ports.measure("announcementLagMs", Math.max(0, nowMs - writtenAtMs));
    rooms.set(room, (rooms.get(room) ?? new Set()).add(event.seq));
  }
  const failed = new Set<string>();
  await mapInFlight([...rooms], roomsInFlight, async ([name, seqs]) => {
    try {
      await announceIn(parseRoom(name), seqs, ports);
    } catch (error) {
      failed.add(name);
      ports.report("changes not announced", { room: name, error });
    }
  });
  return failed;
}

async function announceIn(room: Room, seqs: Iterable<number>, ports: AnnounceChangesPorts) {
  const options = { publishMs: limits.awaitedPublishMs };
  const roots = new Set<number>();
  for (const seq of seqs) {
    const message = await ports.log.find(room.name, seq);
    if (message?.kind !== "message") continue;
    if (message.v !== undefined) await ensureAnnounced(ports, room, message, options);
    const root = rootOf(message);
    if (root === undefined) continue;
    await noteReply(ports, room.name, root, message);
    roots.add(root);
  }
  for (const root of roots) await recountReplies(room, root, ports, options);
}
