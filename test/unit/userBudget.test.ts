/** What users may spend, over one function instance and over several that share a table. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  type ChargePorts,
  charged,
  costOf,
  requestCosts,
  userBudget,
} from "../../lib/actions/budget.ts";
import { memorySpending } from "../support/memory/spending.ts";

const windowMs = 1_000;
const small = { windowMs, limit: 100, share: 20 };

describe("a function instance", () => {
  it("grants requests until their user has spent the limit, then says when the window ends", () => {
    const budget = userBudget(small);
    for (let spent = 0; spent < small.limit; spent += 10) {
      expect(budget.take("alice", 10, 5_300).waitMs).toBe(0);
    }
    expect(budget.take("alice", 1, 5_300)).toEqual({ waitMs: 700 });
    expect(budget.take("bob", 1, 5_300).waitMs).toBe(0);
    expect(budget.take("alice", 1, 6_000).waitMs).toBe(0);
  });

  it("has nothing to count for a user who stays below the share", () => {
    const budget = userBudget(small);
    const windows = [0, 1, 2, 3].map((n) => n * windowMs);
    expect(windows.map((nowMs) => budget.take("alice", 19, nowMs))).toEqual(
      windows.map(() => ({ waitMs: 0 })),
    );
  });

  it("counts each share once, and all of what one request costs", () => {
    const budget = userBudget(small);
    const dueOf = (cost: number) => budget.take("alice", cost, 0).due?.cost;
    expect([15, 15, 15, 45, 5].map(dueOf)).toEqual([undefined, 30, undefined, 60, undefined]);
  });

  it("refuses a user who spent the limit elsewhere, as the table says", () => {
    const budget = userBudget(small);
    budget.take("alice", 20, 0);
    budget.learn("alice", { cost: 20, windowEndsAtMs: windowMs }, 100);
    expect(budget.take("alice", 1, 1).waitMs).toBe(999);
    expect(budget.take("alice", 1, windowMs).waitMs).toBe(0);
    // An answer that comes when its window is over says nothing about the next one.
    budget.learn("alice", { cost: 20, windowEndsAtMs: windowMs }, 100);
    expect(budget.take("alice", 1, windowMs).waitMs).toBe(0);
  });

  it("forgets whom it has not seen for longest, in bounded memory", () => {
    const budget = userBudget(small);
    budget.take("alice", 100, 0);
    for (let n = 0; n < 10_000; n += 1) budget.take(`user-${n}`, 100, 0);
    expect(budget.take("alice", 1, 0).waitMs).toBe(0);
    expect(budget.take("user-9999", 1, 0).waitMs).toBeGreaterThan(0);
  });
});

describe("several instances", () => {
  const reports: string[] = [];
  let spending = memorySpending();
  let instances: ChargePorts[] = [];
  beforeEach(() => {
    reports.length = 0;
    spending = memorySpending();
    instances = Array.from({ length: 12 }, () => ({
      budget: userBudget(small),
      spending: { add: (...args) => spending.add(...args) },
      clock: { nowMs: () => 400 },
      report: (what) => reports.push(what),
    }));
  });
  const nothing = async () => "done";

  /** What is spent by asking the instances in turn, until so many requests were made. */
  async function spentBy(requests: number, cost: number): Promise<number> {
    let spent = 0;
    for (let n = 0; n < requests; n += 1) {
      const ports = instances[n % instances.length];
      if (ports === undefined) throw new RangeError("no such instance");
      const charge = { user: "alice", cost };
      const answer = await charged(charge, ports, nothing).catch((error: unknown) => error);
      if (answer === "done") spent += cost;
      else expect(answer).toMatchObject({ code: "rate_limited", retryAfterMs: 600 });
    }
    return spent;
  }

  it.each([1, 3, 7, 20, 50])("let a user spend one limit in all, at %d a request", async (cost) => {
    const spent = await spentBy(1_000, cost);
    const notYetCounted = (instances.length + 1) * (small.share + cost);
    expect(spent).toBeGreaterThanOrEqual(small.limit);
    expect(spent).toBeLessThanOrEqual(small.limit + notYetCounted);
  });

  it("answer all the same while the table does not, each up to the limit", async () => {
    spending = { add: async () => Promise.reject(new Error("table on fire")) };
    expect(await spentBy(1_000, 10)).toBe(instances.length * small.limit);
    expect(new Set(reports)).toEqual(new Set(["spending not counted"]));
  });

  it("count beside the work: it has begun before the count, and ends after it", async () => {
    const [ports] = instances;
    if (ports === undefined) throw new RangeError("no such instance");
    const order: string[] = [];
    spending = {
      async add() {
        order.push("counting");
        await new Promise((resolve) => setImmediate(resolve));
        order.push("counted");
        return 20;
      },
    };
    const work = async () => {
      order.push("working");
      throw new Error("it failed");
    };
    const charge = { user: "alice", cost: 20 };
    await expect(charged(charge, ports, work)).rejects.toThrow("it failed");
    expect(order).toEqual(["counting", "working", "counted"]);
  });
});

describe("a cost", () => {
  it("of a sync grows with its rooms", () => {
    const rooms = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`room-${n}`, 0]));
    expect(costOf({ action: "sync", rooms })).toBe(103);
    expect(costOf({ action: "sync", rooms: { general: 0 } })).toBe(5);
  });

  it("of anything else is its action's", () => {
    expect(costOf({ action: "typing", room: "general", on: true })).toBe(requestCosts.typing);
  });
});
