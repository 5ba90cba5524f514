/**
 * The healer of changes: what the table's stream says was changed is announced, where the request
 * that changed it died before it could. Mostly it did not, and its entry is found. The message is
 * read anew, because it may have changed again since, and one entry is enough for both.
 *
 * An entry is written before anybody is told, as in a request. Repeating all of it is harmless.
 *
 * The stream brings every reply in a thread and every reaction, too. The replies to each root, and
 * the reactions to each message, are counted anew, once for all that came together.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import type { LogEvent, MessageEvent } from "../../protocol/serverFrames.ts";
import { type AnnounceChangePorts, ensureAnnounced } from "./announceChange.ts";
import { recountReactions } from "./recountReactions.ts";
import { recountReplies, rootOf } from "./replies.ts";

type HealChangesPorts = AnnounceChangePorts &
  Pick<Ports, "report" | "replies"> & { reactions: Pick<Ports["reactions"], "list"> };

/** What the stream brings of a message: that it was put, changed or reacted to. */
export interface Changed {
  room: string;
  event: Pick<LogEvent, "seq">;
  /**
   * Its reactions are counted again while their count has at most this revision: that of the count
   * that was stored, or none. Infinite for a reaction: the message itself was not written.
   */
  recountedUpTo?: number;
  writtenAtMs?: number;
}

/** All that the stream brings of one message. */
interface News {
  /** As `recountedUpTo`. */
  upToRev: number;
  /** Whether the message itself was put or changed. */
  isWritten: boolean;
}

/** Rooms that are looked at together. */
const roomsInFlight = 16;

/** Announce what changed in each room; the rooms where that failed, at least in part. */
export async function announceChanges(
  changed: readonly Changed[],
  ports: HealChangesPorts,
): Promise<Set<string>> {
  const rooms = new Map<string, Map<number, News>>();
  const nowMs = ports.clock.nowMs();
  for (const { room, event, recountedUpTo = 0, writtenAtMs = nowMs } of changed) {
    ports.measure("announcementLagMs", Math.max(0, nowMs - writtenAtMs));
    const seqs = rooms.get(room) ?? new Map<number, News>();
    const { upToRev, isWritten } = seqs.get(event.seq) ?? { upToRev: 0, isWritten: false };
    const isReaction = recountedUpTo === Infinity;
    const news = {
      upToRev: Math.max(recountedUpTo, upToRev),
      isWritten: isWritten || !isReaction,
    };
    rooms.set(room, seqs.set(event.seq, news));
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

async function announceIn(
  room: Room,
  seqs: ReadonlyMap<number, News>,
  ports: HealChangesPorts,
): Promise<void> {
  const options = { publishMs: limits.awaitedPublishMs };
  const roots = new Map<number, MessageEvent[]>();
  for (const [seq, { upToRev, isWritten }] of seqs) {
    if (upToRev > 0) await ifThere(recountReactions(room, seq, upToRev, ports, options));
    if (!isWritten) continue;
    const message = await ports.log.find(room.name, seq);
    if (message?.kind !== "message") continue;
    if (message.v !== undefined) await ensureAnnounced(ports, room, message, options);
    const root = rootOf(message);
    if (root === undefined) continue;
    roots.set(root, [...(roots.get(root) ?? []), message]);
  }
  for (const [root, replies] of roots) {
    await ifThere(recountReplies(room, root, replies, ports, options));
  }
}

/** A message may be gone that was counted for: its time was over. */
async function ifThere(counted: Promise<void>): Promise<void> {
  try {
    await counted;
  } catch (error) {
    if (!(error instanceof ChatError && error.code === "bad_request")) throw error;
  }
}
