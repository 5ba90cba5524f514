/**
 * What an append does, decided from the newest events of the room alone: whether the message is
 * there already, whether its sender has to wait, and else the position that it gets. Deciding reads
 * nothing and writes nothing, so a lost race is simply decided again with the winner as the new
 * head.
 */

import type { EventRange, Head } from "../../model.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogEvent, MessageEvent } from "../../protocol/serverFrames.ts";

/** Where a sender is in the log. */
interface SenderPosition {
  /** The sender has applied every event up to here and did not find `cid` among them. */
  after?: number;
  /** The event that the sender has at `after`. */
  afterTag?: string;
}

/** What a message carries. */
export type Carried = Pick<
  MessageEvent,
  "text" | "data" | "replyTo" | "thread" | "inRoom" | "mentions" | "everyone"
>;

/** A message on its way into the log. */
export interface Draft extends SenderPosition, Carried {
  room: string;
  from: string;
  name?: string;
  cid: string;
  sentAtMs: number;
  /** The event's tag, at any position. */
  tag: string;
  /** How long the sender has to wait between two messages here; none or 0: no time. */
  slowModeMs?: number;
}

type Decision<E extends LogEvent> =
  | { kind: "append"; event: MessageEvent }
  | { kind: "duplicate"; event: E };

const isMessage = <E extends LogEvent>(event: E) => event.kind === "message";

/**
 * Decide on `draft` given `recent`: the room's events newest first, from its head back without a
 * gap, at least `limits.tailEvents` of them or all there are; and those that `olderThan` asks for.
 * @throws ChatError `log_reset`, `bad_request`, `sync_first` or `rate_limited`
 */
export function decideAppend<E extends LogEvent>(recent: readonly E[], draft: Draft): Decision<E> {
  assertSameLog(recent, draft);
  const messages = recent.filter(isMessage);
  const earlier = messages.find((event) => event.from === draft.from && event.cid === draft.cid);
  if (earlier) {
    // A message that was edited or deleted since is still the one that was sent.
    const isAsSent = earlier.kind === "message" && earlier.v === undefined;
    if (isAsSent && !carriesTheSame(earlier, draft)) {
      throw new ChatError("bad_request", "this cid was used for another message");
    }
    return { kind: "duplicate", event: earlier };
  }
  const head = headOf(recent);
  assertAfterIsUsable(head, draft.after);
  assertNotTooFast(messages.slice(0, limits.tailEvents), draft);
  assertSlowEnough(messages, draft);
  return { kind: "append", event: eventAt(head, draft) };
}

function carriesTheSame(earlier: LogEvent, draft: Carried): boolean {
  const { text, data, replyTo, thread, inRoom, everyone } = draft;
  const there = earlier as Partial<Carried>;
  const isSameData = JSON.stringify(there.data) === JSON.stringify(data);
  const isAsPlaced =
    there.replyTo === replyTo && there.thread === thread && there.inRoom === inRoom;
  return there.text === text && isSameData && isAsPlaced && there.everyone === everyone;
}

/** The position behind which events decide: with a tag, the one at `after` does, too. */
function decidingAfter({ after, afterTag }: SenderPosition): number | undefined {
  return after !== undefined && afterTag !== undefined ? after - 1 : after;
}

/** Of a sender, what says whether older events decide. */
type Sender = SenderPosition & Partial<Pick<Draft, "from" | "sentAtMs" | "slowModeMs">>;

/**
 * Which events older than `recent` have to be read to decide; undefined: none. They are those
 * behind `after`, to look for the message. Without it, and where the sender may have to wait, they
 * are messages: entries that say that something changed would use up their number.
 */
export function olderThan(recent: readonly LogEvent[], sender: Sender): EventRange | undefined {
  const oldest = recent.at(-1);
  if (oldest === undefined || oldest.seq === 1) return undefined;
  const after = decidingAfter(sender);
  const isFar = after !== undefined && !isFarBehind(headOf(recent), sender.after);
  const isOlder = isFar && after < oldest.seq - 1;
  const isLastHidden = mayHideLast(recent, oldest, sender);
  const areFew = after === undefined && recent.filter(isMessage).length < recent.length;
  const range = { before: oldest.seq, order: "newest first" } as const;
  if (isLastHidden || areFew || mayHideHaste(recent, oldest, sender)) {
    const limit = isLastHidden || isOlder ? limits.sendAfterEvents + 1 : limits.tailEvents;
    return { ...range, limit, withoutChanged: true };
  }
  return isOlder ? { ...range, after, limit: limits.sendAfterEvents + 1 } : undefined;
}

/** Whether the sender's last message may be older than `recent`, and too new all the same. */
function mayHideLast(
  recent: readonly LogEvent[],
  oldest: LogEvent,
  { from, sentAtMs = 0, slowModeMs = 0 }: Sender,
): boolean {
  if (oldest.sentAtMs <= sentAtMs - slowModeMs) return false;
  return slowModeMs > 0 && !recent.some((event) => isMessage(event) && event.from === from);
}

/** Whether `recent` has too few messages to say whether the sender is too fast. */
function mayHideHaste(
  recent: readonly LogEvent[],
  oldest: LogEvent,
  { sentAtMs = Number.POSITIVE_INFINITY }: Sender,
): boolean {
  if (sentAtMs - oldest.sentAtMs >= limits.senderWindowMs) return false;
  return recent.filter(isMessage).length < recent.length;
}

export function headOf(recent: readonly LogEvent[]): Head {
  return recent[0] ?? { seq: 0, n: 0 };
}

/**
 * What the sender has applied must be the beginning of this log. Too far behind it cannot be seen
 * here: that is refused with `sync_first`, and a sync sees it.
 */
function assertSameLog(recent: readonly LogEvent[], { after, afterTag }: SenderPosition): void {
  if (afterTag === undefined || isFarBehind(headOf(recent), after)) return;
  if (recent.find(({ seq }) => seq === after)?.tag === afterTag) return;
  throw new ChatError("log_reset", "the log does not hold the event at after");
}

function isFarBehind(head: Head, after: number | undefined): boolean {
  return after !== undefined && head.seq - after > limits.sendAfterEvents;
}

function assertAfterIsUsable(head: Head, after: number | undefined): void {
  if (after === undefined) return;
  if (after > head.seq) {
    throw new ChatError("bad_request", "after is beyond the head of the room");
  }
  if (isFarBehind(head, after)) {
    const reason = `after is more than ${limits.sendAfterEvents} events behind the head`;
    throw new ChatError("sync_first", reason);
  }
}

function assertNotTooFast(tail: readonly LogEvent[], draft: Draft): void {
  const isRecent = (event: LogEvent) => draft.sentAtMs - event.sentAtMs < limits.senderWindowMs;
  const own = tail.filter((event) => event.from === draft.from && isRecent(event));
  const releasing = own[limits.senderEvents - 1];
  if (releasing === undefined) return;
  // Clocks of two functions differ a little: never ask for more than the window.
  const waitMs = releasing.sentAtMs + limits.senderWindowMs - draft.sentAtMs;
  throw new ChatError("rate_limited", "too many messages in the room just now", {
    retryAfterMs: Math.min(waitMs, limits.senderWindowMs),
  });
}

/** Clocks of two functions differ a little: never ask for more than the whole time. */
function assertSlowEnough(messages: readonly LogEvent[], draft: Draft): void {
  const { slowModeMs = 0 } = draft;
  const last = messages.find((event) => event.from === draft.from);
  if (slowModeMs === 0 || last === undefined || last.sentAtMs + slowModeMs <= draft.sentAtMs)
    return;
  const reason = "the room is in slow mode";
  const waitMs = last.sentAtMs + slowModeMs - draft.sentAtMs;
  throw new ChatError("rate_limited", reason, { retryAfterMs: Math.min(waitMs, slowModeMs) });
}

function eventAt(head: Head, draft: Draft): MessageEvent {
  return {
    seq: head.seq + 1,
    n: head.n + 1,
    tag: draft.tag,
    ...(head.tag !== undefined && { prev: head.tag }),
    kind: "message",
    from: draft.from,
    ...(draft.name !== undefined && { name: draft.name }),
    cid: draft.cid,
    text: draft.text,
    ...(draft.data !== undefined && { data: draft.data }),
    ...(draft.replyTo !== undefined && { replyTo: draft.replyTo }),
    ...(draft.thread !== undefined && { thread: draft.thread }),
    ...(draft.inRoom && { inRoom: draft.inRoom }),
    ...(draft.mentions !== undefined && { mentions: draft.mentions }),
    ...(draft.everyone && { everyone: draft.everyone }),
    sentAtMs: draft.sentAtMs,
  };
}
