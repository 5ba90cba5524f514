/** How a client follows a room: its cursor, what waits behind a gap, and what it holds. */
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { createHolding, type Holding } from "./holding.ts";

export interface Following {
  /** Where its cursor stood first. */
  readonly start: number;
  readonly cursor: number;
  /** What it has applied, in order. */
  readonly applied: readonly LogEvent[];
  readonly holding: Holding;
  /** An event that came in any way; those that can be applied by it. */
  take(event: LogEvent): LogEvent[];
}

export function createFollowing(start: number): Following {
  const applied: LogEvent[] = [];
  const holding = createHolding();
  const waiting = new Map<number, LogEvent>();
  let cursor = start;
  return {
    start,
    applied,
    holding,
    get cursor() {
      return cursor;
    },
    take(event) {
      if (event.seq <= cursor) return [];
      waiting.set(event.seq, event);
      const ready: LogEvent[] = [];
      for (let next = waiting.get(cursor + 1); next; next = waiting.get(cursor + 1)) {
        waiting.delete(next.seq);
        cursor = next.seq;
        holding.apply(next);
        ready.push(next);
      }
      applied.push(...ready);
      return ready;
    },
  };
}
