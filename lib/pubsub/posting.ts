/**
 * Recipients on their way, in a lane for each gateway. What runs is driven by posts that end, not
 * by workers: a lane may be held back, slowed down or given up at any time, and its part of the
 * posts in flight is the others' at once.
 */
import type { Subscription } from "../model.ts";
import type { Ports } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import { createLane, type Lane, type Waiting } from "./lane.ts";

export interface PostingOptions {
  clock: Ports["clock"];
  random: Ports["random"];
  deadlineMs: number;
  /** Deals with a recipient, and is not to throw. */
  reach(recipient: Subscription, lane: Lane): Promise<void>;
  /** Told whom `reach` is not called for: their gateway is down, or time is up. */
  pass(why: "skipped" | "left", waiting: Waiting): void;
  /** Told when a gateway has nobody more who is being posted to, or waits for that. */
  idle(): void;
}

interface State extends PostingOptions {
  lanes: Map<string, Lane>;
  /** Which lane comes first when a place is free. */
  turn: number;
  inFlight: number;
  waiting: number;
  resting: number;
  failure?: { error: unknown };
  /** Called when a post has ended. */
  wake(): void;
}

export function createPosting(options: PostingOptions) {
  const counts = { turn: 0, inFlight: 0, waiting: 0, resting: 0 };
  const state: State = { ...options, ...counts, lanes: new Map(), wake() {} };
  const aPostEnds = () =>
    new Promise<void>((resolve) => {
      state.wake = resolve;
    });
  return {
    add(next: Waiting): void {
      const { gateway } = next.recipient;
      const known = state.lanes.get(gateway);
      const lane = known ?? createLane(options, (own, ms) => rest(state, own, ms));
      if (known === undefined) state.lanes.set(gateway, lane);
      lane.add(next);
      state.waiting += 1;
      advance(state, lane);
    },
    /** Resolves when more may be added. */
    async room(): Promise<void> {
      while (state.waiting >= limits.recipientsWaiting) await aPostEnds();
    },
    /** Resolves when all that was added has been posted to, skipped or left. */
    async end(): Promise<void> {
      while (state.inFlight + state.resting > 0) await aPostEnds();
      if (state.failure) throw state.failure.error;
    },
  };
}

/** Start as many posts as the lane allows, retries first. */
function advance(state: State, lane: Lane): void {
  const { clock, deadlineMs } = state;
  while (lane.hasWaiting() || lane.returning.length > 0) {
    if (lane.isDown() || clock.nowMs() >= deadlineMs) {
      passAll(state, lane);
      return;
    }
    if (state.inFlight >= limits.postsInFlight) return;
    if (!lane.isOpen()) {
      // Nothing of a paused lane may be in flight, and so nothing would end and come back here.
      const holdMs = Math.min(lane.holdMs(), deadlineMs - clock.nowMs());
      if (lane.inFlight === 0) void occupy(state, lane, () => clock.wait(Math.max(1, holdMs)));
      return;
    }
    const resume = lane.returning.shift();
    const next = resume ? undefined : take(state, lane);
    resume?.();
    if (next) void occupy(state, lane, () => state.reach(next.recipient, lane));
  }
}

function passAll(state: State, lane: Lane): void {
  const why = lane.isDown() ? "skipped" : "left";
  for (const resume of lane.returning.splice(0)) resume();
  for (let next = take(state, lane); next; next = take(state, lane)) state.pass(why, next);
}

function take(state: State, lane: Lane): Waiting | undefined {
  const next = lane.take();
  if (next) state.waiting -= 1;
  return next;
}

/** Work that takes one of the places in flight. */
async function occupy(state: State, lane: Lane, work: () => Promise<void>): Promise<void> {
  enter(state, lane);
  try {
    await work();
  } catch (error) {
    state.failure ??= { error };
  }
  release(state, lane);
}

function enter(state: State, lane: Lane): void {
  lane.inFlight += 1;
  state.inFlight += 1;
}

function release(state: State, lane: Lane): void {
  lane.inFlight -= 1;
  state.inFlight -= 1;
  state.turn += 1;
  if (lane.inFlight === 0 && !lane.hasWaiting()) state.idle();
  const lanes = [...state.lanes.values()];
  for (const index of lanes.keys()) {
    advance(state, lanes[(state.turn + index) % lanes.length] ?? lane);
  }
  state.wake();
}

/** A recipient that waits for another try leaves its place to others, then queues for one. */
async function rest(state: State, lane: Lane, ms: number): Promise<void> {
  if (state.resting >= limits.restingRecipients) return state.clock.wait(ms);
  state.resting += 1;
  release(state, lane);
  await state.clock.wait(ms);
  const isTheirTurn = new Promise<void>((resolve) => {
    lane.returning.push(() => {
      state.resting -= 1;
      enter(state, lane);
      resolve();
    });
  });
  advance(state, lane);
  return isTheirTurn;
}
