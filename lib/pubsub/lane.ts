/**
 * One gateway within one delivery: the recipients that wait for it, how fast it is posted to, and
 * a circuit breaker. After too many posts in a row without an answer the lane is down: a dead
 * gateway costs one time-out, not one for each of its connections. An answer brings the lane back.
 * A lane has no timers and calls nobody: the scheduler asks it, and tells it every answer.
 */
import type { PostResult } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import { Pace } from "./pace.ts";
import type { Recipient } from "./recipient.ts";

export class Lane {
  /** Recipients that wait for their first attempt. */
  readonly waiting = new Queue<Recipient>();
  /** Recipients that may have their next attempt. They come first. */
  readonly ready = new Queue<Recipient>();
  /** Rests, of recipients or of the whole lane, that are not over. */
  asleep = 0;
  /** Attempts that have not ended. */
  inFlight = 0;
  readonly pace = new Pace();
  #unanswered = 0;

  /** The next recipient, if one more attempt may begin now. */
  take(nowMs: number): Recipient | undefined {
    if (!this.pace.allows(this.inFlight, nowMs)) return undefined;
    return this.ready.take() ?? this.waiting.take();
  }

  saw(result: PostResult, isRetry: boolean, nowMs: number, random: () => number): void {
    this.#unanswered = result === "failed" ? this.#unanswered + 1 : 0;
    this.pace.saw(result, isRetry, nowMs, random);
  }

  isDown(): boolean {
    return this.#unanswered >= limits.unansweredPosts;
  }

  /** 0 when everybody is settled. */
  size(): number {
    return this.waiting.size + this.ready.size + this.asleep + this.inFlight;
  }
}

/** First in, first out. Shifting one long array would move all of it each time. */
class Queue<T> {
  #added: T[] = [];
  /** The first one last. */
  #next: T[] = [];

  get size(): number {
    return this.#added.length + this.#next.length;
  }

  add(item: T): void {
    this.#added.push(item);
  }

  take(): T | undefined {
    if (this.#next.length === 0) [this.#next, this.#added] = [this.#added.reverse(), this.#next];
    return this.#next.pop();
  }
}
