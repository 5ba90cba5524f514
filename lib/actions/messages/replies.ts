/**
 * Replies in threads. A reply is a message of its room's log, which says to which root it belongs.
 * `send` notes it in the thread behind its put, and ahead of its ack. The rest is the work of the
 * log's stream, which brings every reply that was put or changed: it is noted again, so one whose
 * sender died in between is there; who wrote it or is mentioned in it follows the thread; and what
 * the root says of its replies is counted anew, once for all that the stream brought together.
 *
 * So one writer counts, and nobody adds: what was repeated, raced or killed is counted right.
 */
import type { Reply } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import type { Room } from "../../protocol/names.ts";
import type { MessageEvent } from "../../protocol/serverFrames.ts";
import type { PublishEventOptions } from "../publish.ts";
import type { AnnounceChangePorts } from "./announceChange.ts";
import { changeMessage } from "./changeMessage.ts";
import { fittingReactions } from "./reactionSummary.ts";

/** The position of a reply's root; undefined of a message that is no reply. */
export function rootOf({ thread }: MessageEvent): number | undefined {
  return typeof thread === "number" ? thread : undefined;
}

/** Note what the log says of a reply, and who follows its thread for it. */
async function noteReply(
  { replies }: Pick<Ports, "replies">,
  room: string,
  root: number,
  { seq, from, mentions = [], deleted }: MessageEvent,
): Promise<void> {
  const reply = { seq, user: from };
  if (deleted) return replies.markDeleted(room, root, reply);
  await replies.put(room, root, reply);
  await replies.follow(room, root, [from, ...mentions]);
}

/**
 * Note replies of a root, and let it say what there is of replies. Nothing hangs on a root that is
 * not there any more.
 * @throws ChatError `bad_request` (no such root), `rate_limited`
 */
export async function recountReplies(
  room: Room,
  seq: number,
  replies: readonly MessageEvent[],
  ports: AnnounceChangePorts & Pick<Ports, "replies">,
  options: PublishEventOptions,
): Promise<void> {
  const request = { room, seq, options };
  let isNoted = false;
  await changeMessage(request, ports, async ({ event }) => {
    const { v = 1 } = event;
    if (!isNoted) for (const reply of replies) await noteReply(ports, room.name, seq, reply);
    isNoted = true;
    const range = { limit: limits.repliesCounted, order: "newest first" } as const;
    const counted = summaryOf(await ports.replies.list(room.name, seq, range));
    if (isSameSummary(counted, event.thread)) return { made: { v } };
    if (counted === undefined) return { fromV: v, set: {}, remove: ["thread"] };
    // Beside what it says now, fewer may be named.
    const reactions = event.reactions && {
      reactions: fittingReactions(event.reactions, { ...event, thread: counted }),
    };
    return { fromV: v, set: { thread: counted, ...reactions }, remove: [] };
  });
}

type Summary = Exclude<MessageEvent["thread"], number>;

function summaryOf(newestFirst: readonly Reply[]): Summary {
  const there = newestFirst.filter(({ isDeleted }) => !isDeleted);
  const [last] = there;
  return last && { replies: there.length, lastSeq: last.seq };
}

function isSameSummary(counted: Summary, said: MessageEvent["thread"]): boolean {
  if (typeof said === "number") return false;
  return counted?.replies === said?.replies && counted?.lastSeq === said?.lastSeq;
}
