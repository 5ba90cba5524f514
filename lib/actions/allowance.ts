/**
 * What one account may do in an hour of what disturbs others, or fills tables and lists: however
 * many connections and function instances it uses (docs/decisions/0048).
 *
 * Each instance counts for itself. From a tenth of a limit on it adds what it counted to the table,
 * and goes by the sum there: so nothing is written for users who do nothing unusual, and the
 * request that causes a write waits for it. When the table does not answer, each instance goes by
 * what it saw itself, and the operator is told.
 */
import type { Allowance, Clock, Report, Spending } from "../ports.ts";
import { ChatError } from "../protocol/chatError.ts";
import { type Deed, limits } from "../protocol/limits.ts";
import { type UserBudget, userBudget } from "./budget.ts";

const hourMs = 60 * 60_000;

const sharePart = 0.1;

interface SpendingPorts {
  spending: Spending;
  clock: Pick<Clock, "nowMs">;
  report: Report;
}

export function hourlyAllowance(ports: SpendingPorts): Allowance {
  const budgets = new Map(
    Object.entries(limits.perHour).map(([deed, limit]) => {
      const share = Math.max(1, Math.floor(limit * sharePart));
      return [deed as Deed, userBudget({ windowMs: hourMs, limit, share })];
    }),
  );
  return async (user, deed, times) => {
    const budget = budgets.get(deed) as UserBudget;
    const nowMs = ports.clock.nowMs();
    const { waitMs, due } = budget.take(user, times, nowMs);
    if (due === undefined) return waitMs;
    try {
      const total = await ports.spending.add(user, due.windowEndsAtMs, due.cost, deed);
      budget.learn(user, due, total);
      return total > limits.perHour[deed] ? due.windowEndsAtMs - nowMs : 0;
    } catch (error) {
      ports.report("spending not counted", { error });
      return 0;
    }
  };
}

/**
 * Refuse what is more than an account may do in an hour. The operator's servers do it for many.
 * @throws ChatError `rate_limited`
 */
export async function assertAllowance(
  { allowance }: { allowance: Allowance },
  { user, isAdmin = false }: { user: string; isAdmin?: boolean },
  deed: Deed,
  times = 1,
): Promise<void> {
  if (isAdmin || times === 0) return;
  const retryAfterMs = await allowance(user, deed, times);
  if (retryAfterMs === 0) return;
  const reason = `this user has reached the limit of ${deed} in an hour`;
  throw new ChatError("rate_limited", reason, { retryAfterMs });
}
