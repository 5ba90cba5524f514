/**
 * Charge a request to its user, and do its work. A user who has spent the limit of the window is
 * refused, and nothing is done. What is due to be counted is added to the table beside the work, so
 * nobody waits for a count: the sum that comes back decides about the user's next request.
 *
 * When the table does not answer, the request is answered all the same, and the operator is told.
 * Each instance then limits users by what it saw itself.
 */

import type { Clock, Report, Spending } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { DueCount, UserBudget } from "./userBudget.ts";

export interface ChargePorts {
  budget: UserBudget;
  spending: Spending;
  clock: Pick<Clock, "nowMs">;
  report: Report;
}

export interface Charge {
  user: string;
  cost: number;
  /** What the request is called in "unable to …". */
  operation: string;
}

/** @throws ChatError `rate_limited`; and what `work` throws */
export async function charged<T>(
  { user, cost, operation }: Charge,
  ports: ChargePorts,
  work: () => Promise<T>,
): Promise<T> {
  if (cost === 0) return work();
  const { waitMs, due } = ports.budget.take(user, cost, ports.clock.nowMs());
  if (waitMs > 0) {
    const message = `unable to ${operation}; too many requests of this user just now`;
    throw new ChatError("rate_limited", message, { retryAfterMs: waitMs });
  }
  const counted = due && count(user, due, ports);
  try {
    return await work();
  } finally {
    await counted; // a function that has answered may be frozen
  }
}

async function count(user: string, due: DueCount, ports: ChargePorts): Promise<void> {
  try {
    const total = await ports.spending.add(user, due.windowEndsAtMs, due.cost);
    ports.budget.learn(user, due, total);
  } catch (error) {
    ports.report("spending not counted", { error });
  }
}
