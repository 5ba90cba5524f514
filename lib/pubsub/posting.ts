/**
 * Recipients on their way, in a lane for each gateway. What runs is driven by posts that end, not
 * by workers: a lane may be held back, slowed down or given up at any time, and its part of the
 * posts in flight is the others' at once.
 */
import type { Subscription } from "../domain/model.ts";
import type { Ports } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import { createLane, type Lane, type Waiting } from "./lane.ts";

/**
 * `reach` deals with a recipient, and is not to throw; `pass` is told whom it is not called for,
 * and why: their gateway is down, or time is up.
 */
export function createPosting(
  { clock, random }: Pick<Ports, "clock" | "random">,
  deadlineMs: number,
  reach: (recipient: Subscription, lane: Lane) => Promise<void>,
  pass: (why: "skipped" | "left", waiting: Waiting) => void,
) {
  const lanes = new Map<string, Lane>();
  let turns = 0;
  let inFlight = 0;
  let waiting = 0;
  let failure: { error: unknown } | undefined;
  let wake = () => {};

  const take = (lane: Lane): Waiting | undefined => {
    const next = lane.take();
    if (next) waiting -= 1;
    return next;
  };

  /** Let a lane begin what it may. */
  function advance(lane: Lane): void {
    while (lane.hasWaiting()) {
      if (lane.isDown() || clock.nowMs() >= deadlineMs) {
        const why = lane.isDown() ? "skipped" : "left";
        for (let next = take(lane); next; next = take(lane)) pass(why, next);
      } else if (inFlight >= limits.postsInFlight) {
        return;
      } else if (lane.isOpen()) {
        const next = take(lane);
        if (next) occupy(lane, reach(next.recipient, lane));
      } else {
        // Nothing of a paused lane may be in flight, and so nothing would end and come back here.
        const holdMs = Math.min(lane.holdMs(), deadlineMs - clock.nowMs());
        if (lane.inFlight === 0) occupy(lane, clock.wait(Math.max(1, holdMs)));
        return;
      }
    }
  }

  function occupy(lane: Lane, work: Promise<void>): void {
    lane.inFlight += 1;
    inFlight += 1;
    void work
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .then(() => {
        lane.inFlight -= 1;
        inFlight -= 1;
        const all = [...lanes.values()];
        turns += 1;
        for (const index of all.keys()) advance(all[(turns + index) % all.length] ?? lane);
        wake();
      });
  }

  const aPostEnds = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  return {
    add(next: Waiting): void {
      const { gateway } = next.recipient;
      const lane = lanes.get(gateway) ?? createLane({ clock, random });
      lanes.set(gateway, lane);
      lane.add(next);
      waiting += 1;
      advance(lane);
    },
    /** Resolves when more may be added. */
    async room(): Promise<void> {
      while (waiting >= limits.recipientsWaiting) await aPostEnds();
    },
    /** Resolves when all that was added has been posted to, skipped or left. */
    async end(): Promise<void> {
      while (inFlight > 0) await aPostEnds();
      if (failure) throw failure.error;
    },
  };
}
