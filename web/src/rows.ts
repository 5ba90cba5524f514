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
  /** The message that it quotes, and the one that it replies to, where they are here too. */
  quoted: Message | undefined;
  root: Message | undefined;
}

/** A message that stands alone. */
export function rowOf(message: Message): Row {
  const name = message.name ?? message.from ?? "";
  const alone = { isFirstUnread: false, isFirstOfAuthor: true, quoted: undefined, root: undefined };
  return { ...alone, message, name };
}

/** Later than that, the same author stands above the message again. */
const pauseMs = 5 * 60_000;

/**
 * `sinceMs` is when what stands above the first message was sent. Where there are older ones, the
 * first one has no row unless it is alone: whether it begins a day, or its author stands above it,
 * is not known. It would be higher or lower when they come, and what is read would jump.
 */
export function rowsOf(
  messages: readonly Message[],
  unreadAfter: number | undefined,
  hasOlder: boolean,
  sinceMs?: number,
): Row[] {
  let marked = false;
  const names = namesIn(messages);
  const bySeq = new Map(messages.map((message) => [message.seq, message]));
  const rows = messages.map((message, index) => {
    const before = messages[index - 1];
    const isUnread =
      unreadAfter !== undefined && !message.isMine && (message.seq ?? 0) > unreadAfter;
    const isFirstUnread = isUnread && !marked;
    marked ||= isUnread;
    const isNewDay =
      message.sentAtMs !== undefined &&
      !(index === 0 && hasOlder) &&
      !isSameDay(before?.sentAtMs ?? sinceMs, message);
    const isFirstOfAuthor =
      isNewDay ||
      isFirstUnread ||
      message.replyTo !== undefined ||
      (typeof message.thread === "number") !== (typeof before?.thread === "number") ||
      before?.from !== message.from ||
      isAfterPause(before, message);
    const day = isNewDay ? message.sentAtMs : undefined;
    const quoted = message.replyTo === undefined ? undefined : bySeq.get(message.replyTo);
    const root = typeof message.thread === "number" ? bySeq.get(message.thread) : undefined;
    const { from = "" } = message;
    const name = message.name ?? names.get(from) ?? from;
    return { message, day, isFirstUnread, isFirstOfAuthor, name, quoted, root };
  });
  return hasOlder && rows.length > 1 ? rows.slice(1) : rows;
}

function isSameDay(beforeMs: number | undefined, { sentAtMs = 0 }: Message): boolean {
  if (beforeMs === undefined) return false;
  return new Date(beforeMs).toDateString() === new Date(sentAtMs).toDateString();
}

function isAfterPause(before: Message | undefined, { sentAtMs }: Message): boolean {
  if (before?.sentAtMs === undefined || sentAtMs === undefined) return false;
  return sentAtMs - before.sentAtMs > pauseMs;
}
