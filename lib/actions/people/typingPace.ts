/**
 * Which typing hints are passed on. Each goes to up to ten connections, and clients send them at
 * every key. So `on` of one user in one room goes through once in `limits.typingEveryMs`, and `off`
 * once after it. When nothing is remembered `off` goes through as well, because another function
 * instance may have passed the `on`. All this is one instance's memory, and so best effort: what a
 * user may spend on `typing` is bounded across instances (budget.ts).
 */
import type { TypingPace } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { remember } from "../../remember.ts";

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
      const onAtMs = on ? nowMs : (last?.onAtMs ?? -Infinity);
      remember(shown, key, { on, atMs: nowMs, onAtMs }, shownMax);
      return true;
    },
  };
}
