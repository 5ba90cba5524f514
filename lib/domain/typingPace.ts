/**
 * Which typing hints are passed on. Each goes to up to fifty connections, and clients send them at
 * every key. So `on` of one user in one room goes through once in `limits.typingEveryMs`, and `off`
 * once after it. When nothing is remembered `off` goes through as well, because another function
 * instance may have passed the `on`. All this lives in one instance's memory: it is best effort,
 * like the action budget.
 */
import { limits } from "../protocol/limits.ts";

export interface TypingPace {
  /** Whether to pass a hint on; what is passed on is remembered. */
  pass(user: string, room: string, on: boolean, nowMs: number): boolean;
}

interface Shown {
  on: boolean;
  onAtMs: number;
  atMs: number;
}

/** Users in rooms that are remembered; the longest unused goes first. About 150 bytes each. */
const shownMax = 10_000;

export function typingPace(): TypingPace {
  const shown = new Map<string, Shown>();
  return {
    pass(user, room, on, nowMs) {
      const key = `${room}\n${user}`;
      const last = shown.get(key);
      const isDue = (atMs: number) => nowMs - atMs >= limits.typingEveryMs;
      const isPassed =
        last === undefined || (on ? isDue(last.onAtMs) : last.on || isDue(last.atMs));
      if (!isPassed) return false;
      shown.delete(key); // re-inserted, so that the map is ordered by last use
      shown.set(key, { on, atMs: nowMs, onAtMs: on ? nowMs : (last?.onAtMs ?? -Infinity) });
      if (shown.size > shownMax) {
        const longestUnused = shown.keys().next();
        if (!longestUnused.done) shown.delete(longestUnused.value);
      }
      return true;
    },
  };
}
