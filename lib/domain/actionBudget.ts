/**
 * A token bucket for each connection: `burst` actions at once, `perSecond` in the long run. It
 * lives in one function instance's memory, so it is best effort by design: it stops a runaway
 * client from costing much, not an attacker from costing anything (the gateway's own throttle does
 * that).
 */
export interface ActionBudget {
  /**
   * Take one action from a connection's bucket: 0 when granted, else the milliseconds until the
   * next one is.
   */
  take(connectionId: string, nowMs: number): number;
}

/**
 * Buckets kept at once; a full one is the same as none, so the longest unused can go. About 100
 * bytes each.
 */
const bucketsMax = 10_000;

export function actionBudget(burst: number, perSecond: number): ActionBudget {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return {
    take(connectionId, nowMs) {
      const bucket = buckets.get(connectionId) ?? { left: burst, atMs: nowMs };
      const refilled = (Math.max(0, nowMs - bucket.atMs) * perSecond) / 1_000;
      const left = Math.min(burst, bucket.left + refilled);
      const isGranted = left >= 1;
      buckets.delete(connectionId); // re-inserted, so that the map is ordered by last use
      buckets.set(connectionId, { left: isGranted ? left - 1 : left, atMs: nowMs });
      if (buckets.size > bucketsMax) {
        const longestUnused = buckets.keys().next();
        if (!longestUnused.done) buckets.delete(longestUnused.value);
      }
      return isGranted ? 0 : Math.ceil(((1 - left) * 1_000) / perSecond);
    },
  };
}
