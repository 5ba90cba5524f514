/** How messages stand under each other: by day, by author, and what is unread. */
import type { Message } from "parley-client";
import { namesIn } from "./people.ts";

export interface Row {
  message: Message;
  /** The first of its day: when that is. */
  day?: number | undefined;
  isFirstUnread: boolean;
  /** Whether its author stands above it. */
  isFirstOfAuthor: boolean;
  /** How its author is called, also where it does not say: a deleted message has no name. */
  name: string;
  /** The message that it quotes, where that is here too. */
  quoted: Message | undefined;
}

/** Later than that, the same author stands above the message again. */
const pauseMs = 5 * 60_000;

export function rowsOf(messages: readonly Message[], unreadAfter: number | undefined): Row[] {
  let marked = false;
  const names = namesIn(messages);
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  return messages.map((message, index) => {
    const before = messages[index - 1];
    const isUnread =
      unreadAfter !== undefined && !message.isMine && (message.seq ?? 0) > unreadAfter;
    const isFirstUnread = isUnread && !marked;
    marked ||= isUnread;
    const isNewDay = message.sentAtMs !== undefined && !isSameDay(before?.sentAtMs, message);
    const isFirstOfAuthor =
      isNewDay ||
      isFirstUnread ||
      message.replyTo !== undefined ||
      before?.from !== message.from ||
      isAfterPause(before, message);
    const day = isNewDay ? message.sentAtMs : undefined;
    const quoted = message.replyTo === undefined ? undefined : bySeq.get(message.replyTo);
    const { from = "" } = message;
    const name = message.name ?? names.get(from) ?? from;
    return { message, day, isFirstUnread, isFirstOfAuthor, name, quoted };
  });
}

function isSameDay(beforeMs: number | undefined, { sentAtMs = 0 }: Message): boolean {
  if (beforeMs === undefined) return false;
  return new Date(beforeMs).toDateString() === new Date(sentAtMs).toDateString();
}

function isAfterPause(before: Message | undefined, { sentAtMs }: Message): boolean {
  if (before?.sentAtMs === undefined || sentAtMs === undefined) return false;
  return sentAtMs - before.sentAtMs > pauseMs;
}
