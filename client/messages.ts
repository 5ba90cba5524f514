/**
 * The messages that a room shows: a window of the newest, in the order of the log, and behind them
 * those of mine that the log is not known to hold. A message of mine is found again by its `cid`,
 * so it is shown once, whether it is known from its answer, a push or a sync.
 */
import type { LogEvent, MessageEvent } from "./frames.ts";
import * as limits from "./limits.ts";
import type { Message, RoomReducer } from "./roomSnapshot.ts";

export const messages: RoomReducer = (snapshot, change, me) => {
  const shown = snapshot.messages;
  const show = (next: readonly Message[], hasOlder = snapshot.hasOlder) => ({
    ...snapshot,
    messages: next,
    hasOlder,
  });
  /** Put another message in place of some. */
  const replace = (isMeant: (one: Message) => boolean, by: (one: Message) => Message) =>
    shown.some(isMeant) ? show(shown.map((one) => (isMeant(one) ? by(one) : one))) : snapshot;
  switch (change.type) {
    case "event": {
      const added = messageOf(change.event, me);
      const end = shown.findLastIndex(({ status }) => status === "sent") + 1;
      const sent = shown.slice(Math.max(0, end + 1 - limits.roomMessages), end);
      const unsent = shown.slice(end).filter((one) => !isSame(one, added));
      const hasOlder = snapshot.hasOlder || end >= limits.roomMessages;
      return show([...sent, added, ...unsent], hasOlder);
    }
    case "page": {
      const page = messagesIn(change.events, me);
      const kept = shown.filter(
        (one) =>
          (change.isOlder || one.status !== "sent") && !page.some((other) => isSame(one, other)),
      );
      return show([...page, ...kept], change.more);
    }
    case "changed": {
      const { now } = change;
      const { seq, v = 1 } = now;
      return replace(
        (one) => one.seq === seq && (one.v ?? 1) < v,
        () => messageOf(now, me),
      );
    }
    case "restored": {
      const kept = change.messages.filter((one) => !shown.some((other) => isSame(one, other)));
      return show([...kept, ...shown], change.hasOlder);
    }
    case "sending": {
      const { message } = change;
      return show([...shown.filter((one) => !isSame(one, message)), message]);
    }
    case "refused": {
      const { cid, error } = change;
      return replace(
        (one) => isUnsent(one, cid),
        (one) => ({ ...one, status: "failed", error }),
      );
    }
    case "discarded":
      return show(shown.filter((one) => !isUnsent(one, change.cid)));
    default:
      return snapshot;
  }
};

/** What else there is in a log takes a position, and is not shown. */
export function messagesIn(events: readonly LogEvent[], me: string | undefined): Message[] {
  const isMessage = (event: LogEvent): event is MessageEvent => event.kind === "message";
  return events.filter(isMessage).map((event) => messageOf(event, me));
}

function messageOf(event: MessageEvent, me: string | undefined): Message {
  const { kind: _, n: _n, tag: _tag, prev: _prev, text = "", reactions, ...rest } = event;
  const message = { ...rest, isMine: event.from === me, text, status: "sent" as const };
  if (!reactions) return message;
  const isMine = (users: readonly string[]) => users.includes(me ?? "");
  return { ...message, reactions: reactions.map((one) => ({ ...one, isMine: isMine(one.users) })) };
}

const isUnsent = (one: Message, cid: string) => one.cid === cid && one.status !== "sent";

const isSame = (one: Message, other: Message) =>
  one.cid === other.cid && one.isMine === other.isMine && (one.isMine || one.from === other.from);
