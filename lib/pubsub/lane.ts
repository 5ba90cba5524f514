/**
 * How one gateway is posted to within one delivery. A throttled post may be one client that reads
 * too slowly, which concerns nobody else, or a gateway that has had enough, which concerns all who
 * are on it; the share of throttled answers tells them apart, among first tries, because slow
 * clients answer their retries like that too. The whole lane then pauses and halves
 * its concurrency, and wins it back post by post. A lane that answers nothing any more is given up,
 * so that a dead gateway costs one time-out and not one for each of its connections.
 */
import type { Subscription } from "../model.ts";
import type { Ports, PostResult } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import type { Watch } from "./post.ts";

/** A recipient whose turn has not come, and the connection that was read before it. */
export interface Waiting {
  recipient: Subscription;
  behind: string;
}

export interface Lane extends Watch {
  add(next: Waiting): void;
  /** Who has waited longest, and waits no more. */
  take(): Waiting | undefined;
  hasWaiting(): boolean;
  /** Recipients who have waited for another try, each to be called when it is their turn. */
  readonly returning: (() => void)[];
  inFlight: number;
  /** Whether one more post may begin now. */
  isOpen(): boolean;
  /** Whether the gateway has stopped answering. */
  isDown(): boolean;
}

/** The weight of one answer in the share of throttled ones: the last thirty or so count. */
const answerWeight = 1 / 16;
/** More than slow clients alone would come to; four throttled answers in a row reach it. */
const throttledShareMax = 0.2;
const pauseFirstMs = 100;
const pauseLastMs = 3_200;

/** `wait` is what a post does between two tries. */
export function createLane(
  { clock, random }: Pick<Ports, "clock" | "random">,
  wait: (lane: Lane, ms: number) => Promise<void>,
): Lane {
  let atOnce: number = limits.postsPerGateway;
  let throttledShare = 0;
  let unanswered = 0;
  let pauseMs = pauseFirstMs;
  let pausedUntilMs = 0;
  const isDown = () => unanswered >= limits.unansweredPosts;

  return {
    ...createQueue<Waiting>(),
    returning: [],
    inFlight: 0,
    wait(ms) {
      return wait(this, ms);
    },
    isDown,
    isOpen() {
      return this.inFlight < atOnce && clock.nowMs() >= pausedUntilMs;
    },
    holdMs: () =>
      isDown() ? Number.POSITIVE_INFINITY : Math.max(0, pausedUntilMs - clock.nowMs()),
    saw(result: PostResult, isRetry: boolean) {
      unanswered = result === "failed" ? unanswered + 1 : 0;
      if (result === "failed" || isRetry) return;
      const isThrottled = result === "throttled";
      throttledShare += ((isThrottled ? 1 : 0) - throttledShare) * answerWeight;
      if (!isThrottled) {
        atOnce = Math.min(limits.postsPerGateway, atOnce + 1 / atOnce);
        if (throttledShare < throttledShareMax / 2) pauseMs = pauseFirstMs;
      } else if (throttledShare > throttledShareMax && clock.nowMs() >= pausedUntilMs) {
        // Answers to what was in flight already say nothing about the pause.
        pausedUntilMs = clock.nowMs() + pauseMs * (0.5 + random());
        pauseMs = Math.min(pauseLastMs, pauseMs * 2);
        atOnce = Math.max(1, Math.floor(atOnce / 2));
      }
    },
  };
}

/** First in, first out. Shifting a long array would move all of it each time. */
function createQueue<T>() {
  let items: T[] = [];
  let taken = 0;
  return {
    add(item: T): void {
      items.push(item);
    },
    take(): T | undefined {
      const item = items[taken];
      if (item !== undefined) taken += 1;
      if (taken * 2 > items.length) {
        items = items.slice(taken);
        taken = 0;
      }
      return item;
    },
    hasWaiting: () => taken < items.length,
  };
}
