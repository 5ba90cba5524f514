/**
 * What a client knows of a room's log, without any I/O: up to where it has applied everything, what
 * has come too early, and whether something must be missing. Events may come in any order, from
 * wherever, as often as they like; each is handed out once, in the order of the log.
 */
import type { LogEvent } from "./frames.ts";
import { limits } from "./limits.ts";

export class RoomState {
  #cursor: number;
  /** The highest position of an event that has come. */
  #head: number;
  readonly #waiting = new Map<number, LogEvent>();

  /** `cursor` is where to go on from: the position up to which everything has been applied. */
  constructor(cursor: number) {
    this.#cursor = cursor;
    this.#head = cursor;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Whether something before what has come is missing. */
  get hasGap(): boolean {
    return this.#head > this.#cursor;
  }

  /** Take in what came; what can be applied now comes out. */
  receive(events: readonly LogEvent[]): LogEvent[] {
    const applied: LogEvent[] = [];
    for (const event of events) {
      this.#head = Math.max(this.#head, event.seq);
      if (event.seq > this.#cursor + 1) this.#hold(event);
      // What is in order goes on with what waited for it.
      let next = event.seq === this.#cursor + 1 ? event : undefined;
      while (next !== undefined) {
        applied.push(next);
        this.#cursor = next.seq;
        this.#waiting.delete(next.seq);
        next = this.#waiting.get(next.seq + 1);
      }
    }
    return applied;
  }

  /** What does not fit is forgotten, but not that it is there: the gap stays, and is synced. */
  #hold(event: LogEvent): void {
    if (this.#waiting.size < limits.waitingEvents) this.#waiting.set(event.seq, event);
  }
}
