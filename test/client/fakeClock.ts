/** A clock that moves only when told to, and never while anything is still to be done. */
import type { Clock } from "../../client/ports.ts";

export interface FakeClock extends Clock {
  nowMs(): number;
  /** Let so much time pass; all that falls due meanwhile happens in order. */
  pass(ms: number): Promise<void>;
  /** Go to the next thing that falls due. Returns whether there was one. */
  next(): Promise<boolean>;
}

export function fakeClock(): FakeClock {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; call: () => void }>();
  const fireNext = async (untilMs: number) => {
    await idle();
    const [timer] = [...timers].filter(({ atMs }) => atMs <= untilMs).sort(byTime);
    if (timer === undefined) return false;
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.atMs);
    timer.call();
    await idle();
    return true;
  };
  return {
    nowMs: () => nowMs,
    after(ms, call) {
      const timer = { atMs: nowMs + ms, call };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async pass(ms) {
      const untilMs = nowMs + ms;
      while (await fireNext(untilMs));
      nowMs = untilMs;
    },
    next: () => fireNext(Number.POSITIVE_INFINITY),
  };
}

const byTime = (a: { atMs: number }, b: { atMs: number }) => a.atMs - b.atMs;

/** Resolves when every promise that could go on has done so. */
export const idle = () => new Promise<void>((resolve) => void setImmediate(resolve));
