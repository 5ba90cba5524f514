/** What users spent, in memory. */
import type { Spending } from "../../../lib/ports.ts";

export function memorySpending(): Spending {
  const spent = new Map<string, number>();
  return {
    async add(user, windowEndsAtMs, cost, deed) {
      const key = `${user} ${windowEndsAtMs} ${deed ?? ""}`;
      const total = (spent.get(key) ?? 0) + cost;
      spent.set(key, total);
      return total;
    },
  };
}
