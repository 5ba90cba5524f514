/** Who types in a room: when mine is told, and how long others' is shown. */
import * as limits from "./limits.ts";
import type { Clock } from "./ports.ts";

const never = Number.NEGATIVE_INFINITY;

export class TypingHints {
  readonly #clock: Clock;
  /** By user, how to call off the end of their typing. */
  readonly #ends = new Map<string, () => void>();
  #toldAtMs = never;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether mine, or its end, has to be told now. */
  isDue(on: boolean): boolean {
    const nowMs = this.#clock.nowMs();
    // Either way: this machine's clock may be set back.
    const isNew = Math.abs(nowMs - this.#toldAtMs) < limits.typingEveryMs;
    if (on ? isNew : this.#toldAtMs === never) return false;
    this.#toldAtMs = on ? nowMs : never;
    return true;
  }

  /** To the others a message ends it. */
  written(): void {
    this.#toldAtMs = never;
  }

  /** Somebody types, or has stopped. After a while `end` says that they have. */
  heard(user: string, on: boolean, end: () => void): void {
    this.#ends.get(user)?.();
    this.#ends.delete(user);
    if (on) this.#ends.set(user, this.#clock.after(limits.typingShownMs, end));
  }

  /** Nobody is shown as typing any more. */
  lost(): void {
    for (const cancel of this.#ends.values()) cancel();
  }
}
