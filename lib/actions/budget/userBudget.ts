/**
 * What each user has spent in the current window, as far as one function instance knows: its own
 * count, and what the table said when it last added to that (docs/decisions/0027). Users who do
 * nothing unusual stay below `share`, and nothing is ever written for them.
 *
 * All instances together let a user spend `limit`, and for each instance that a request of theirs
 * reaches a share and one request more: that much an instance may not have counted yet, or not have
 * heard of.
 */
import { remember } from "../../remember.ts";

export interface UserBudget {
  /** Charge a user for one request, unless they have spent the limit. */
  take(user: string, cost: number, nowMs: number): Taken;
  /** The table's answer to a count that was due. */
  learn(user: string, due: DueCount, total: number): void;
}

export interface Taken {
  /** Milliseconds until the window ends. 0: the request is granted, and charged. */
  waitMs: number;
  /** What has to be added to the table, if anything. */
  due?: DueCount;
}

/** A part of what a user spent, that no other instance knows of yet. */
export interface DueCount {
  cost: number;
  windowEndsAtMs: number;
}

export interface BudgetLimits {
  windowMs: number;
  /** Of one user in one window. */
  limit: number;
  /** What an instance lets a user spend before it adds that to the table. */
  share: number;
}

interface Spent {
  windowEndsAtMs: number;
  /** On this instance: the limit holds here even when the table does not answer. */
  here: number;
  /** Of `here`, what has not been added to the table. */
  uncounted: number;
  /** On all instances, as the table last said. */
  everywhere: number;
}

/** Users kept at once, of about 150 bytes each. The longest unseen one is forgotten first. */
const usersMax = 10_000;

export function userBudget({ windowMs, limit, share }: BudgetLimits): UserBudget {
  const users = new Map<string, Spent>();

  function spentBy(user: string, nowMs: number): Spent {
    const windowEndsAtMs = (Math.floor(nowMs / windowMs) + 1) * windowMs;
    const known = users.get(user);
    const isCurrent = known?.windowEndsAtMs === windowEndsAtMs;
    const spent = isCurrent ? known : { windowEndsAtMs, here: 0, uncounted: 0, everywhere: 0 };
    remember(users, user, spent, usersMax);
    return spent;
  }

  return {
    take(user, cost, nowMs) {
      const spent = spentBy(user, nowMs);
      const { windowEndsAtMs } = spent;
      if (Math.max(spent.here, spent.everywhere + spent.uncounted) >= limit) {
        return { waitMs: windowEndsAtMs - nowMs };
      }
      spent.here += cost;
      spent.uncounted += cost;
      if (spent.uncounted < share) return { waitMs: 0 };
      const due = { cost: spent.uncounted, windowEndsAtMs };
      spent.uncounted = 0;
      return { waitMs: 0, due };
    },
    learn(user, { windowEndsAtMs }, total) {
      const spent = users.get(user);
      if (spent?.windowEndsAtMs !== windowEndsAtMs) return;
      spent.everywhere = Math.max(spent.everywhere, total);
    },
  };
}
