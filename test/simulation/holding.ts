/**
 * What a client holds of a room's messages, as docs/protocol.md says to apply changes: each `now`
 * whose `v` is higher, and what comes while a page is pending is kept for it.
 */
import { isDeepStrictEqual } from "node:util";
import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";

export interface Holding {
  readonly messages: ReadonlyMap<number, MessageEvent>;
  /** Apply the next event of the log. */
  apply(event: LogEvent): void;
  /** A page that shows messages was asked for; the function takes it, or nothing. */
  page(): (events: readonly LogEvent[]) => void;
  /** Messages that are held, and were said to have changed since: to be asked for. */
  stale(): number[];
}

export function createHolding(): Holding {
  const messages = new Map<number, MessageEvent>();
  const kept = new Map<number, MessageEvent>();
  /** The versions that messages were said to be at. */
  const said = new Map<number, number>();
  let pending = 0;
  const newer = (a: MessageEvent, b: MessageEvent | undefined) =>
    b !== undefined && (b.v ?? 1) > (a.v ?? 1) ? b : a;
  const hold = (message: MessageEvent) => {
    const best = newer(message, kept.get(message.seq));
    messages.set(message.seq, newer(best, messages.get(message.seq)));
  };
  return {
    messages,
    apply(event) {
      if (event.kind === "message") hold(event);
      if (event.kind !== "changed") return;
      const isWanted = messages.has(event.of) || pending > 0;
      if (!isWanted) return;
      said.set(event.of, Math.max(event.v, said.get(event.of) ?? 0));
      if (event.now === undefined) return;
      if (messages.has(event.of)) hold(event.now);
      else kept.set(event.of, newer(event.now, kept.get(event.of)));
    },
    page() {
      pending += 1;
      return (events) => {
        for (const event of events) if (event.kind === "message") hold(event);
        pending -= 1;
        if (pending === 0) kept.clear();
      };
    },
    stale: () =>
      [...messages.values()]
        .filter(({ seq, v = 1 }) => v < (said.get(seq) ?? 1))
        .map(({ seq }) => seq),
  };
}

/** Whether a message that is held says what its log does. */
export function isNow(held: MessageEvent, stored: LogEvent | undefined): boolean {
  const said = ({ v, text, deleted, reactions }: Partial<MessageEvent>) => ({
    v,
    text,
    deleted,
    reactions,
  });
  return stored?.kind === "message" && isDeepStrictEqual(said(held), said(stored));
}
