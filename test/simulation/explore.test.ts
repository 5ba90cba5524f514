/** The search itself: that reducing it loses no outcome. */
import { describe, expect, it } from "vitest";
import { type Choice, explore } from "./explore.ts";

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
