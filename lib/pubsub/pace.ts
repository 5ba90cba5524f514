/**
 * How fast one gateway is posted to within one delivery: how many posts at once, and whether it has
 * a pause. As in TCP, the number grows slowly and is halved when the gateway throttles too much.
 *
 * A throttled post has one of two causes. One client reads too slowly, which concerns nobody else;
 * or the gateway has had enough, which concerns everybody on it. The share of throttled answers
 * tells the two apart. Only first tries count, because a slow client throttles its retries too.
 */
import type { PostResult } from "../ports.ts";
import { limits } from "../protocol/limits.ts";

/** The weight of one answer in the share of throttled ones: about the last thirty count. */
const answerWeight = 1 / 16;
/** More than slow clients alone would reach. Four throttled answers in a row do. */
const throttledShareMax = 0.2;
const pauseFirstMs = 100;
const pauseLastMs = 3_200;

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
