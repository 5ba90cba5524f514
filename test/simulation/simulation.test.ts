/**
 * Every order of the small cases, a few long runs, and what both are worth: wrong actions that they
 * must notice. Bounds keep this to seconds; `npm run simulate -- --cases` has none.
 */
import { describe, expect, it } from "vitest";
import { smallCases } from "./cases.ts";
import { type Choice, explore } from "./explore.ts";
import { longRun } from "./longRun.ts";
import { mutants } from "./mutants.ts";
import { exploreCase, type SmallCase } from "./smallCase.ts";

const byTitle = smallCases.map((small): [string, SmallCase] => [small.title, small]);

describe("whatever comes first (promises 1 to 11)", () => {
  it.each(byTitle)("every order keeps every promise: %s", async (_title, small) => {
    const { findings, orders, isBounded } = await exploreCase(small, {
      kills: 0,
      ordersMax: 600,
    });
    expect(findings.slice(0, 3)).toEqual([]);
    console.log(`${small.title}: ${orders} orders${isBounded ? ", bounded" : ", all there are"}`);
  });

  const withKills = byTitle.filter(([, small]) => small.kills > 0);
  it.each(
    withKills,
  )("and with somebody killed anywhere (promise 10): %s", async (_title, small) => {
    const { findings, orders, isBounded } = await exploreCase(small, { kills: 1, ordersMax: 400 });
    expect(findings.slice(0, 3)).toEqual([]);
    console.log(`${small.title}, a kill: ${orders} orders${isBounded ? ", bounded" : ""}`);
  });
});

describe("wrong actions are noticed", () => {
  it.each(mutants.map((mutant) => [mutant.what, mutant] as const))("%s", async (_what, mutant) => {
    const isIt = (story: string) => story.startsWith(`promise ${mutant.promise}:`);
    const { findings } = await exploreCase(mutant.small, {
      actions: mutant.actions,
      kills: mutant.kills ?? 0,
      ordersMax: 1_000,
      isEnough: (what) => what.some(isIt),
    });
    expect(findings.flatMap(({ what }) => what).some(isIt)).toBe(true);
  });
});

describe("a long run", () => {
  it.each([1, 2, 3])("keeps every promise among faults of all kinds: seed %i", async (seed) => {
    const { violations, counts } = await longRun({ seed, steps: 20_000 });
    expect(violations).toEqual([]);
    expect(counts["acked"]).toBeGreaterThan(100);
    for (const fault of ["kill", "lostPush", "doubledPush", "throttled", "failed"]) {
      expect(counts[fault], fault).toBeGreaterThan(0);
    }
  });

  it("is the same for the same seed, and another for another", async () => {
    const [first, again, other] = [
      await longRun({ seed: 7, steps: 4_000 }),
      await longRun({ seed: 7, steps: 4_000 }),
      await longRun({ seed: 8, steps: 4_000 }),
    ];
    expect(again.hash).toBe(first.hash);
    expect(again.trace).toEqual(first.trace);
    expect(other.hash).not.toBe(first.hash);
  });

  it("notices an append that does not look for its cid (promise 1)", async () => {
    const actions = mutants[0]?.actions();
    const { violations } = await longRun({ seed: 1, steps: 8_000, ...(actions && { actions }) });
    expect(violations.map(({ promise }) => promise)).toContain(1);
  });
});

describe("exploring", () => {
  /** Threads that each read a number and store one more, several times. */
  function counting(ends: Set<string>, numbers: readonly string[]) {
    return async () => {
      const stored = new Map<string, number>();
      const threads = numbers.map((number, index) => ({ number, index, step: 0, seen: 0 }));
      return {
        choices: (): Choice[] =>
          threads
            .filter(({ step }) => step < 4)
            .map(({ index, step, number }) => ({
              id: `${index}.${step}`,
              label: number,
              thread: `${index}`,
              isKill: false,
            })),
        async take(id: string) {
          const thread = threads[Number(id.split(".")[0])];
          if (thread === undefined) throw new Error(id);
          const writes = thread.step % 2 === 1;
          if (writes) stored.set(thread.number, thread.seen + 1);
          else thread.seen = stored.get(thread.number) ?? 0;
          thread.step += 1;
          return [{ thing: thread.number, writes }];
        },
        async finish() {
          ends.add(JSON.stringify([...stored].sort()));
          return [];
        },
      };
    };
  }

  it.each([
    [["a", "a"]],
    [["a", "b"]],
    [["a", "a", "b"]],
  ])("finds every outcome with fewer orders: %s", async (numbers) => {
    const [all, some] = [new Set<string>(), new Set<string>()];
    const ordersMax = 100_000;
    const whole = await explore(counting(all, numbers), { ordersMax, isReduced: false });
    const reduced = await explore(counting(some, numbers), { ordersMax });
    expect([...some].sort()).toEqual([...all].sort());
    expect(reduced.orders).toBeLessThan(whole.orders);
  });

  it("finds every order there is when nothing is reduced", async () => {
    const whole = await explore(counting(new Set(), ["a", "b"]), {
      ordersMax: 100_000,
      isReduced: false,
    });
    expect(whole.orders).toBe(70); // 8! / (4! 4!)
  });
});
