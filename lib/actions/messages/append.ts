/**
 * What an append does, decided from the newest events of the room alone: whether the message is
 * there already, whether its sender has to wait, and else the position that it gets. Deciding reads
 * nothing and writes nothing, so a lost race is simply decided again with the winner as the new
 * head.
 */

import type { Head } from "../../model.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";

/** Where a sender is in the log. */
interface SenderPosition {
  /** The sender has applied every event up to here and did not find `cid` among them. */
  after?: number;
  /** The event that the sender has at `after`. */
  afterTag?: string;
}

/** A message on its way into the log. */
export interface Draft extends SenderPosition {
  room: string;
  from: string;
  name?: string;
  cid: string;
  text: string;
  sentAtMs: number;
  /** The event's tag, at any position. */
  tag: string;
}

export type Decision<E extends LogEvent> =
  | { kind: "append"; event: LogEvent }
  | { kind: "duplicate"; event: E };

/**
 * Decide on `draft` given `recent`: the room's events newest first, from its head back without a
 * gap, at least `limits.tailEvents` of them or all there are; and back to `draft.after` where
 * `needsOlder` says so.
 * @throws ChatError `log_reset`, `bad_request`, `sync_first` or `rate_limited`
 */
export function decideAppend<E extends LogEvent>(recent: readonly E[], draft: Draft): Decision<E> {
  assertSameLog(recent, draft);
  const earlier = recent.find((event) => event.from === draft.from && event.cid === draft.cid);
  if (earlier) {
    if (earlier.text !== draft.text) {
      throw new ChatError("bad_request", "unable to send; this cid was used for another text");
    }
    return { kind: "duplicate", event: earlier };
  }
  const head = headOf(recent);
  assertAfterIsUsable(head, draft.after);
  assertNotTooFast(recent.slice(0, limits.tailEvents), draft);
  return { kind: "append", event: eventAt(head, draft) };
}

/** The position behind which events decide: with a tag, the one at `after` does, too. */
export function decidingAfter({ after, afterTag }: SenderPosition): number | undefined {
  return after !== undefined && afterTag !== undefined ? after - 1 : after;
}

/** Whether events older than `recent` have to be read to decide. */
export function needsOlder(recent: readonly LogEvent[], sender: SenderPosition): boolean {
  const oldest = recent.at(-1);
  const after = decidingAfter(sender);
  if (after === undefined || oldest === undefined) return false;
  return !isFarBehind(headOf(recent), sender.after) && after < oldest.seq - 1;
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
  throw new ChatError("log_reset", "unable to send; the log does not hold the event at after");
}

function isFarBehind(head: Head, after: number | undefined): boolean {
  return after !== undefined && head.seq - after > limits.sendAfterEvents;
}

function assertAfterIsUsable(head: Head, after: number | undefined): void {
  if (after === undefined) return;
  if (after > head.seq) {
    throw new ChatError("bad_request", "unable to send; after is beyond the head of the room");
  }
  if (isFarBehind(head, after)) {
    const reason = `after is more than ${limits.sendAfterEvents} events behind the head`;
    throw new ChatError("sync_first", `unable to send; ${reason}`);
  }
}

function assertNotTooFast(tail: readonly LogEvent[], draft: Draft): void {
  const isRecent = (event: LogEvent) => draft.sentAtMs - event.sentAtMs < limits.senderWindowMs;
  const own = tail.filter((event) => event.from === draft.from && isRecent(event));
  const releasing = own[limits.senderEvents - 1];
  if (releasing === undefined) return;
  // Clocks of two functions differ a little: never ask for more than the window.
  const waitMs = releasing.sentAtMs + limits.senderWindowMs - draft.sentAtMs;
  throw new ChatError("rate_limited", "unable to send; too many messages in this room just now", {
    retryAfterMs: Math.min(waitMs, limits.senderWindowMs),
  });
}

function eventAt(head: Head, draft: Draft): LogEvent {
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
    sentAtMs: draft.sentAtMs,
  };
}
