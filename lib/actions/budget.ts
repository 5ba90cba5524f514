/**
 * What requests cost, and what a user may spend. A request is charged to its user, then its work
 * is done. A user who has spent the limit of the window is refused, and nothing is done. Costs that
 * are due are added to the table beside the work, so nobody waits for a count: the sum that comes
 * back decides about the user's next request.
 *
 * When the table does not answer, the request is answered all the same, and the operator is told.
 * Each instance then limits users by what it saw itself.
 *
 * Costs are in units of about a millionth of a dollar: one frame out, or eight strongly consistent
 * reads, or one and a half writes. Every request costs the frame, the invocation and the answer;
 * the rest is what it makes the service read, write and tell others. A cost is known before the
 * request runs, so it is neither a request's best nor its worst case.
 */
import type { Clock, Report, Spending } from "../ports.ts";
import { ChatError } from "../protocol/chatError.ts";
import type { Action, ClientFrame } from "../protocol/clientFrames.ts";
import type { actionRoute, RouteKey } from "../protocol/httpRoutes.ts";
import { remember } from "../remember.ts";

export const requestCosts = {
  ping: 3,
  /** Messages are what the service is for; `senderEvents` limits those of one user in a room. */
  send: 4,
  /** And `syncRoomCost` for each room. */
  sync: 3,
  who: 5,
  settings: 5,
  read: 5,
  /** Notes of mentions and memberships, a hundred or two. */
  mentions: 15,
  /** Fifty items read, as for the reads of a room that is focused. */
  readers: 15,
  /** An entry in the log, as for `configure`. */
  pin: 50,
  hello: 10,
  history: 10,
  events: 10,
  /** Two writes, and an entry in the log that everybody who hears the room is told of. */
  edit: 10,
  delete: 10,
  /** Three writes, an entry as above, and up to 40 read units for counting. */
  react: 15,
  reactors: 10,
  /** A page, as of `history`; and its replies, to count those that I have not read. */
  thread: 15,
  /** Up to 49 frames out, for something that nobody reads a second later. */
  typing: 20,
  /** And `focusRoomCost` for each room. */
  focus: 3,
  /** Up to 49 frames of presence, and the user's other connections are told. */
  join: 50,
  leave: 50,
  /** Six writes; and twenty invitations of two writes and a push each, at most. */
  create: 100,
  /** Each an entry in the log, told to everybody who hears the room. */
  configure: 50,
  grant: 50,
  kick: 50,
  ban: 50,
  unban: 50,
  mute: 50,
  close: 50,
  reopen: 50,
  /** A write, in the table and its index, and the user's connections are told. */
  invite: 20,
  uninvite: 20,
  decline: 20,
  /** A hundred items read. */
  bans: 15,
  members: 15,
  /** Three writes, and the user's other connections are told. */
  block: 20,
  blocks: 10,
  /** A write, and the user's other connections are told. */
  preferences: 10,
  /** A copy of a message: one write, or sixteen. */
  report: 20,
  /** Items read: up to a page of copies, or of rooms. */
  reports: 15,
  directory: 15,
} as const satisfies Record<Action, number>;

/**
 * Between a quiet room that is heard already, two reads, and one that is not: four writes and as
 * many reads.
 */
export const syncRoomCost = 2;

/** Six writes, for looking and for looking away; thirty reads: who is there, who has read. */
export const focusRoomCost = 8;

/** Two reads and a write, for each user that a message or an edit mentions. */
export const mentionCost = 1;
/** The same for as many as can be mentioned at once. */
export const everyoneCost = 250;

/** What a message in a thread takes beside: three writes, an entry as of `edit`, and a count. */
export const replyCost = 10;

export function costOf(frame: ClientFrame<Action>): number {
  const cost = requestCosts[frame.action];
  if (frame.action === "send") {
    const { mentions = [], everyone, thread } = frame;
    const mentioning = mentions.length * mentionCost + (everyone ? everyoneCost : 0);
    return cost + mentioning + (thread === undefined ? 0 : replyCost);
  }
  if (frame.action === "edit") return cost + (frame.mentions ?? []).length * mentionCost;
  if (frame.action === "sync") return cost + Object.keys(frame.rooms).length * syncRoomCost;
  return frame.action === "focus" ? cost + frame.rooms.length * focusRoomCost : cost;
}

/** Of an action, by name, `costOf` says the price. */
export type PricedRoute = Exclude<RouteKey, typeof actionRoute>;

export const routeCosts = {
  "POST /rooms/{room}/messages": requestCosts.send,
  "GET /rooms/{room}/events": requestCosts.history,
  "GET /rooms/{room}/online": requestCosts.who,
  /** Free: only a server of the operator's may, and it may have everybody to notify at once. */
  "POST /users/{user}/notices": 0,
  "GET /gateway": 3,
  "GET /health": 0,
} as const satisfies Record<PricedRoute, number>;

export interface ChargePorts {
  budget: UserBudget;
  spending: Spending;
  clock: Pick<Clock, "nowMs">;
  report: Report;
}

export interface Charge {
  user: string;
  cost: number;
}

/** @throws ChatError `rate_limited`; and what `work` throws */
export async function charged<T>(
  { user, cost }: Charge,
  ports: ChargePorts,
  work: () => Promise<T>,
): Promise<T> {
  if (cost === 0) return work();
  const { waitMs, due } = ports.budget.take(user, cost, ports.clock.nowMs());
  if (waitMs > 0) {
    const reason = "too many requests of this user just now";
    throw new ChatError("rate_limited", reason, { retryAfterMs: waitMs });
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

/**
 * What each user has spent in the current window, as far as one function instance knows: its own
 * count, and what the table said when it last added to that (docs/decisions/0027). Users who do
 * nothing unusual stay below `share`, and nothing is ever written for them.
 *
 * All instances together let a user spend `limit`, and for each instance that a request of theirs
 * reaches a share and one request more: that much an instance may not have counted yet, or not have
 * heard of.
 */
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
interface DueCount {
  cost: number;
  windowEndsAtMs: number;
}

interface BudgetLimits {
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
