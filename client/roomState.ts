/**
 * What a client knows of a room's log, without any I/O: up to where it has applied everything, what
 * has come too early, and whether something must be missing. Events may come in any order, by
 * push or sync, and more than once; each is handed out once, in the order of the log.
 *
 * A log may go back: to a backup, or to nothing. Then its positions are given anew, to other
 * events. An event names the one before it, so one that does not belong behind the cursor is found
 * out when its turn comes, at the latest. From then on nothing is handed out.
 */
import type { LogEvent } from "./frames.ts";
import * as limits from "./limits.ts";

export class RoomState {
  #cursor: number;
  #tag: string | undefined;
  /** The highest position of an event that has come. */
  #head = 0;
  #isReset = false;
  readonly #waiting = new Map<number, LogEvent>();

  /**
   * `cursor` is where to go on from: the position up to which everything has been applied; `tag` is
   * that of the event there, where it is known.
   */
  constructor(cursor: number, tag?: string) {
    this.#cursor = cursor;
    this.#tag = tag;
  }

  get cursor(): number {
    return this.#cursor;
  }

  /** Of the event at the cursor; none before the first, or where only the position was kept. */
  get tag(): string | undefined {
    return this.#tag;
  }

  /** Whether something before what has come is missing. */
  get hasGap(): boolean {
    return this.#head > this.#cursor;
  }

  /** Whether something has come that is of another log than what was applied. */
  get isReset(): boolean {
    return this.#isReset;
  }

  /**
   * Take in what came; what can be applied now comes out. `from` is where the log begins for this
   * reader: what would be before it is not waited for.
   */
  receive(events: readonly LogEvent[], from = 0): LogEvent[] {
    const applied: LogEvent[] = [];
    if (from > this.#cursor + 1) {
      this.#cursor = from - 1;
      this.#tag = undefined;
    }
    for (const event of events) {
      this.#head = Math.max(this.#head, event.seq);
      if (event.seq === this.#cursor) this.#expect(event.tag);
      if (event.seq > this.#cursor + 1) this.#hold(event);
      // What is in order goes on with what waited for it.
      let next = event.seq === this.#cursor + 1 ? event : undefined;
      while (next !== undefined && this.#expect(next.prev)) {
        applied.push(next);
        this.#cursor = next.seq;
        this.#tag = next.tag;
        this.#waiting.delete(next.seq);
        next = this.#waiting.get(next.seq + 1);
      }
    }
    return applied;
  }

  /** Somebody says which event is at the cursor. Returns whether it is the one that was applied. */
  #expect(tag: string | undefined): boolean {
    if (this.#tag !== undefined && tag !== this.#tag) this.#isReset = true;
    return !this.#isReset;
  }

  /** What does not fit is forgotten, but not that it is there: the gap stays, and is synced. */
  #hold(event: LogEvent): void {
    if (this.#waiting.size < limits.waitingEvents) this.#waiting.set(event.seq, event);
  }
}
