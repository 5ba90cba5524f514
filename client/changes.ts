/**
 * Events that have changed, in a room that is shown. `now` is applied where it is newer. A page may
 * have been read before a change that came ahead of it, so while one is asked for, every `now` is
 * kept, and put into the page when it comes.
 */
import type { ChangedEvent, LogEvent, MessageEvent, Reply } from "./frames.ts";

/** What changes need of their room. */
interface Changing {
  ask(seqs: number[]): Promise<Reply<"events">>;
  /** Whether the event at a position is shown, as it was before a version. */
  isShownBelow(seq: number, v: number): boolean;
  show(now: MessageEvent): void;
}

export class Changes {
  readonly #room: Changing;
  /** Of each page that is asked for: what changed meanwhile, by position. */
  readonly #pending = new Set<Map<number, MessageEvent>>();

  constructor(room: Changing) {
    this.#room = room;
  }

  /** An event is not as it was. Where the entry does not say how it is, it is asked for. */
  receive({ of, v, now }: ChangedEvent): void {
    if (now) {
      this.#isNow(now);
      return;
    }
    if (this.#pending.size === 0 && !this.#room.isShownBelow(of, v)) return;
    this.#room.ask([of]).then(
      ({ events }) => {
        for (const event of events) if (event.kind === "message") this.#isNow(event);
      },
      () => {}, // the next page shows it
    );
  }

  /** A page, with what changed since it was asked for. */
  async page<P extends { events: readonly LogEvent[] }>(asked: Promise<P>): Promise<P> {
    const meanwhile = new Map<number, MessageEvent>();
    this.#pending.add(meanwhile);
    try {
      const page = await asked;
      const events = page.events.map((event) => {
        const now = meanwhile.get(event.seq);
        return now && event.kind === "message" && isNewer(now, event) ? now : event;
      });
      return { ...page, events };
    } finally {
      this.#pending.delete(meanwhile);
    }
  }

  #isNow(now: MessageEvent): void {
    for (const meanwhile of this.#pending) {
      const kept = meanwhile.get(now.seq);
      if (!kept || isNewer(now, kept)) meanwhile.set(now.seq, now);
    }
    this.#room.show(now);
  }
}

const isNewer = (a: MessageEvent, b: MessageEvent) => (a.v ?? 1) > (b.v ?? 1);
