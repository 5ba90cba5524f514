/**
 * A page of the replies to a message, without the message itself, ascending: the newest, or those
 * before or after a position. They are shown as they are now, deleted ones included. Who follows
 * the thread (who wrote in it, or is mentioned in it) is told how many replies they have not read.
 */
import type { Caller, Membership } from "../../model.ts";
import type { Memberships, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { bytesOf, countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { MessageEvent, ServerFrame } from "../../protocol/serverFrames.ts";
import { requireMember } from "../rooms/membership.ts";
import { findMessage, noMessage } from "./findMessage.ts";
import { rootOf } from "./replies.ts";

/** Replies read at once: of the largest ones, more than a frame holds. */
const readAtOnce = 20;

type ThreadPorts = Pick<Ports, "log" | "replies"> & {
  memberships: Pick<Memberships, "find">;
};

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (no message there, or a reply) */
export async function thread(
  { room, seq, before, after, limit = limits.historyLimitDefault }: ClientFrame<"thread">,
  { user }: Caller,
  ports: ThreadPorts,
): Promise<ServerFrame<"thread">> {
  const member = await requireMember(ports, parseRoom(room), user);
  const root = await findMessage(ports, room, seq, member);
  if (root === undefined) throw noMessage(seq);
  if (rootOf(root) !== undefined) {
    throw new ChatError("bad_request", `${seq} is a reply itself`);
  }
  const order = after === undefined ? "newest first" : "oldest first";
  const [listed, unread] = await Promise.all([
    ports.replies.list(room, seq, {
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
      limit: limit + 1, // one more tells whether there is more
      order,
    }),
    unreadIn(root, user, member, ports),
  ]);
  const wanted = listed.slice(0, limit).map((reply) => reply.seq);
  const found = await readWhileThereIsSpace(room, wanted, ports);
  const events = found.slice(0, countThatFit(found));
  const more = events.length < listed.length;
  if (order === "newest first") events.reverse();
  return { type: "thread", room, seq, events, more, ...(unread !== undefined && { unread }) };
}

/** Events at `seqs`, in that order, at least as many as a frame holds of them. */
async function readWhileThereIsSpace(
  room: string,
  seqs: readonly number[],
  { log }: Pick<Ports, "log">,
): Promise<MessageEvent[]> {
  const events: MessageEvent[] = [];
  let bytes = 0;
  for (let at = 0; at < seqs.length && bytes <= limits.frameBytes; at += readAtOnce) {
    const part = seqs.slice(at, at + readAtOnce);
    const found = (await log.findAll(room, part)).filter((event) => event.kind === "message");
    const there = part.flatMap((seq) => found.find((event) => event.seq === seq) ?? []);
    events.push(...there);
    bytes += bytesOf(there);
  }
  return events;
}

/** Others' replies behind the read position; undefined for somebody who does not follow. */
async function unreadIn(
  { seq, from, mentions = [] }: MessageEvent,
  user: string,
  { room, readSeq }: Membership,
  { replies }: Pick<Ports, "replies">,
): Promise<number | undefined> {
  const isNamed = from === user || mentions.includes(user);
  if (!isNamed && !(await replies.isFollowing(room, seq, user))) return undefined;
  const range = { after: readSeq, limit: limits.repliesCounted, order: "newest first" } as const;
  const behind = await replies.list(room, seq, range);
  return behind.filter((reply) => reply.user !== user && !reply.isDeleted).length;
}
