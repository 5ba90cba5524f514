/**
 * The mentions that a user has not read. A mention is over when the user has read up to it, has
 * left the room, or joined it again behind it; so `read` ends exactly those that it passes, and has
 * nothing to do for it. Notes of mentions that are over are removed by those who come upon them.
 */
import type { Membership, Mention } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";

/** Notes in one query, of some hundred bytes each. */
const notesPerPage = 100;

export type UnreadMentionsPorts = Pick<Ports, "mentions" | "clock">;

export interface Wanted {
  /** Begin with what is older. */
  beforeMs?: number | undefined;
  /** At most so many. */
  limit: number;
  /** What the user is to a room; "not asked" of a room whose mentions are of no interest. */
  membershipOf(room: string): Promise<Membership | undefined | "not asked">;
}

/** Newest first, and whether there may be more. */
export async function unreadMentions(
  ports: UnreadMentionsPorts,
  user: string,
  { beforeMs, limit, membershipOf }: Wanted,
): Promise<{ unread: Mention[]; more: boolean }> {
  const unread: Mention[] = [];
  const over: Mention[] = [];
  const nowMs = ports.clock.nowMs();
  let place: { atMs: number; tag?: string } | undefined;
  if (beforeMs !== undefined) place = { atMs: beforeMs };
  let isEnd = false;
  for (let read = 0; !isEnd && unread.length <= limit && read < limits.mentionsRead; ) {
    const page = await ports.mentions.list(user, place, notesPerPage);
    for (const mention of page) {
      const membership = await membershipOf(mention.room);
      if (membership === "not asked") continue;
      (isUnread(mention, membership, nowMs) ? unread : over).push(mention);
    }
    read += page.length;
    place = page.at(-1);
    isEnd = page.length < notesPerPage;
  }
  if (over.length > 0) await ports.mentions.remove([user], over);
  return { unread: unread.slice(0, limit), more: unread.length > limit || !isEnd };
}

function isUnread({ seq, atMs }: Mention, membership: Membership | undefined, nowMs: number) {
  if (membership === undefined || membership.state !== undefined) return false;
  const { readSeq, fromSeq = 0 } = membership;
  return seq > readSeq && seq >= fromSeq && atMs + limits.mentionSeconds * 1_000 > nowMs;
}
