/**
 * A quota of AWS in virtual time: a bucket of tokens, with a count of what was asked of it. What is
 * refused takes no token.
 */
export interface Quota {
  /** Whether this one is let through. */
  take(nowMs: number): boolean;
  /** Since the count began anew: in all, and in the busiest second, from one to the next. */
  readonly counted: { refused: number; offeredPeak: number; acceptedPeak: number };
  countAnew(): void;
}

export function quota(perSecond: number, burst: number): Quota {
  let tokens = burst;
  let atMs = 0;
  let second = -1;
  let offered = 0;
  let accepted = 0;
  const counted = { refused: 0, offeredPeak: 0, acceptedPeak: 0 };
  return {
    counted,
    countAnew: () => void Object.assign(counted, { refused: 0, offeredPeak: 0, acceptedPeak: 0 }),
    take(nowMs) {
      tokens = Math.min(burst, tokens + ((nowMs - atMs) / 1_000) * perSecond);
      atMs = nowMs;
      const current = Math.floor(nowMs / 1_000);
      if (current !== second) [second, offered, accepted] = [current, 0, 0];
      const isLet = tokens >= 1;
      if (isLet) {
        tokens -= 1;
        accepted += 1;
      } else counted.refused += 1;
      offered += 1;
      counted.offeredPeak = Math.max(counted.offeredPeak, offered);
      counted.acceptedPeak = Math.max(counted.acceptedPeak, accepted);
      return isLet;
    },
  };
}
