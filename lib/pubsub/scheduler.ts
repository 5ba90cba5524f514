/**
 * Decides which recipient has the next attempt. Recipients that wait are data in lanes, one lane
 * for each gateway. Only `start` begins attempts, and it looks at every bound before each, so no
 * order of events can begin one too many.
 */
import type { Ports } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import { Lane } from "./lane.ts";
import type { Course, Ending, Recipient } from "./post.ts";

interface SchedulerOptions {
  ports: Pick<Ports, "clock" | "random">;
  deadlineMs: number;
  course: Course;
  /** Told once for each recipient. */
  settle(recipient: Recipient, ending: Ending): void;
  /** Told when a gateway has no attempt in flight, and nobody who waits for a first one. */
  idle(): void;
}

export class Scheduler {
  readonly #options: SchedulerOptions;
  /** By gateway. The lane that began an attempt last comes last. */
  readonly #lanes = new Map<string, Lane>();
  #inFlight = 0;
  #failure: { error: unknown } | undefined;
  #changed = () => {};

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  add(recipient: Recipient): void {
    const { gateway } = recipient.subscription;
    const lane = this.#lanes.get(gateway) ?? new Lane();
    this.#lanes.set(gateway, lane);
    lane.waiting.add(recipient);
  }

  /** Begin every attempt that may begin. Called when any bound may have changed. */
  start(): void {
    const { ports, deadlineMs } = this.#options;
    const nowMs = ports.clock.nowMs();
    for (const lane of this.#lanes.values()) {
      if (lane.isDown() || nowMs >= deadlineMs) this.#settleAll(lane);
    }
    while (this.#inFlight < limits.postsInFlight && this.#startNext(nowMs));
    for (const lane of this.#lanes.values()) {
      const pauseMs = Math.min(lane.pace.pauseLeftMs(nowMs), deadlineMs - nowMs);
      // Nothing else would call `start` when the pause is over.
      const isStill = lane.inFlight + lane.asleep === 0 && lane.size() > 0;
      if (isStill && pauseMs > 0) void this.#sleep(lane, pauseMs);
    }
    this.#changed();
  }

  /** Resolves when more may be added. */
  room(): Promise<void> {
    return this.#until(() => this.#sum((lane) => lane.waiting.size) < limits.recipientsWaiting);
  }

  /** Resolves when every recipient is settled. */
  async end(): Promise<void> {
    await this.#until(() => this.#sum((lane) => lane.size()) === 0);
    if (this.#failure) throw this.#failure.error;
  }

  /** Begin one attempt, in the lane whose turn it is. */
  #startNext(nowMs: number): boolean {
    for (const [gateway, lane] of this.#lanes) {
      const recipient = lane.take(nowMs);
      if (recipient === undefined) continue;
      this.#lanes.delete(gateway);
      this.#lanes.set(gateway, lane);
      void this.#run(lane, recipient);
      return true;
    }
    return false;
  }

  /** One attempt: it holds a place among the attempts in flight until it ends. */
  async #run(lane: Lane, recipient: Recipient): Promise<void> {
    this.#inFlight += 1;
    lane.inFlight += 1;
    try {
      await this.#attempt(lane, recipient);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#inFlight -= 1;
    lane.inFlight -= 1;
    if (lane.inFlight + lane.waiting.size === 0) this.#options.idle();
    this.start();
  }

  async #attempt(lane: Lane, recipient: Recipient): Promise<void> {
    const { ports, course, deadlineMs, settle } = this.#options;
    const { clock, random } = ports;
    const isRetry = recipient.tries > 0;
    const withinMs = Math.min(limits.postTimeoutMs, deadlineMs - clock.nowMs());
    const result = await course.attempt(recipient, withinMs);
    const nowMs = clock.nowMs();
    lane.saw(result, isRetry, nowMs, random);
    const next = course.after(recipient, result);
    if (typeof next === "string") return settle(recipient, next);
    const restMs = next === 0 ? 0 : Math.max(next, lane.pace.pauseLeftMs(nowMs));
    if (lane.isDown() || nowMs + restMs >= deadlineMs) return this.#settleUntried(lane, recipient);
    if (restMs === 0) return lane.ready.add(recipient);
    const resting = this.#sum(({ asleep, ready }) => asleep + ready.size);
    const rest = this.#sleep(lane, restMs, recipient);
    // The place goes to others meanwhile, unless too many rest already.
    if (resting >= limits.restingRecipients) await rest;
  }

  /** A recipient's rest before its next attempt; without a recipient, the lane's pause. */
  async #sleep(lane: Lane, ms: number, recipient?: Recipient): Promise<void> {
    lane.asleep += 1;
    await this.#options.ports.clock.wait(ms);
    lane.asleep -= 1;
    if (recipient) lane.ready.add(recipient);
    this.start();
  }

  #settleAll(lane: Lane): void {
    for (const queue of [lane.ready, lane.waiting]) {
      for (let next = queue.take(); next; next = queue.take()) this.#settleUntried(lane, next);
    }
  }

  #settleUntried(lane: Lane, recipient: Recipient): void {
    const { course, settle } = this.#options;
    settle(recipient, course.endingWithout(recipient, lane.isDown()));
  }

  #sum(of: (lane: Lane) => number): number {
    let sum = 0;
    for (const lane of this.#lanes.values()) sum += of(lane);
    return sum;
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }
}
