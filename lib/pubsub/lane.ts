/**
 * One gateway within one delivery: the recipients that wait for it, how fast it is posted to, and a
 * circuit breaker. After too many posts in a row that failed (no answer, or a 5xx) the lane is
 * down: a dead gateway costs one time-out, not one for each of its connections. An answer brings
 * the lane back. A lane has no timers and calls nobody: the scheduler asks it, and tells it every
 * answer.
 */
import type { PostResult } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { Recipient } from "./post.ts";

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

/** The weight of one answer in the share of throttled ones: about the last thirty count. */
const answerWeight = 1 / 16;
/** More than slow clients alone would reach. Four throttled answers in a row do. */
const throttledShareMax = 0.2;
const pauseFirstMs = 100;
const pauseLastMs = 3_200;

/**
 * How fast one gateway is posted to within one delivery: how many posts at once, and whether it has
 * a pause. As in TCP, the number grows slowly and is halved when the gateway throttles too much.
 *
 * A throttled post has one of two causes. One client reads too slowly, which concerns nobody else;
 * or the gateway has had enough, which concerns everybody on it. The share of throttled answers
 * tells the two apart. Only first tries count, because a slow client throttles its retries too.
 */
export class Pace {
  #atOnce: number = limits.postsPerGateway;
  #throttledShare = 0;
  #pauseMs = pauseFirstMs;
  #pausedUntilMs = 0;

  saw(result: PostResult, isRetry: boolean, nowMs: number, random: () => number): void {
    if (result === "failed" || isRetry) return;
    const isThrottled = result === "throttled";
    this.#throttledShare += ((isThrottled ? 1 : 0) - this.#throttledShare) * answerWeight;
    if (!isThrottled) {
      this.#atOnce = Math.min(limits.postsPerGateway, this.#atOnce + 1 / this.#atOnce);
      if (this.#throttledShare < throttledShareMax / 2) this.#pauseMs = pauseFirstMs;
    } else if (this.#throttledShare > throttledShareMax && this.pauseLeftMs(nowMs) === 0) {
      // During a pause, answers are to posts from before it: they say nothing new.
      this.#pausedUntilMs = nowMs + this.#pauseMs * (0.5 + random());
      this.#pauseMs = Math.min(pauseLastMs, this.#pauseMs * 2);
      this.#atOnce = Math.max(1, Math.floor(this.#atOnce / 2));
    }
  }

  /** Whether one more post may begin while so many are in flight. */
  allows(inFlight: number, nowMs: number): boolean {
    return inFlight < this.#atOnce && this.pauseLeftMs(nowMs) === 0;
  }

  pauseLeftMs(nowMs: number): number {
    return Math.max(0, this.#pausedUntilMs - nowMs);
  }
}
