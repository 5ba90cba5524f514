/**
 * The healer of changes: what the table's stream says was changed is announced, where the request
 * that changed it died before it could. Mostly it did not, and its entry is found. The message is
 * read anew, because it may have changed again since, and one entry is enough for both.
 *
 * An entry is written before anybody is told, as in a request. Repeating all of it is harmless.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Ports } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import { type AnnounceChangePorts, ensureAnnounced } from "./announceChange.ts";
import type { Appended } from "./fanOut.ts";

export type AnnounceChangesPorts = AnnounceChangePorts & Pick<Ports, "report">;

/** Rooms that are looked at together. */
const roomsInFlight = 16;

/** Announce what changed in each room; the rooms where that failed, at least in part. */
export async function announceChanges(
  changed: readonly Appended[],
  ports: AnnounceChangesPorts,
): Promise<Set<string>> {
  const rooms = new Map<string, Set<number>>();
  for (const { room, event } of changed) {
    rooms.set(room, (rooms.get(room) ?? new Set()).add(event.seq));
  }
  const failed = new Set<string>();
  await mapInFlight([...rooms], roomsInFlight, async ([name, seqs]) => {
    try {
      for (const seq of seqs) await announceOne(name, seq, ports);
    } catch (error) {
      failed.add(name);
      ports.report("changes not announced", { room: name, error });
    }
  });
  return failed;
}

async function announceOne(name: string, seq: number, ports: AnnounceChangesPorts) {
  const message = await ports.log.find(name, seq);
  if (message?.kind !== "message") return;
  const options = { publishMs: limits.awaitedPublishMs };
  await ensureAnnounced(ports, parseRoom(name), message, options);
}
