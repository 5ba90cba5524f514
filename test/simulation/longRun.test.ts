/** A few long runs; `npm run simulate -- --seed N` goes on from any of them. */
import { describe, expect, it } from "vitest";
import { longRun } from "./longRun.ts";
import { mutants } from "./mutants/all.ts";

describe("a long run", () => {
  it.each([1, 2, 3])("keeps every promise among faults of all kinds: seed %i", async (seed) => {
    const { violations, counts } = await longRun({ seed, steps: 20_000 });
    expect(violations).toEqual([]);
    expect(counts["acked"]).toBeGreaterThan(100);
    for (const fault of [
      "streamed",
      "split",
      "kill",
      "lostPush",
      "doubledPush",
      "throttled",
      "failed",
    ]) {
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
    const mutant = mutants.find(({ what }) => what === "an append that does not look for its cid");
    const service = mutant?.service();
    const { violations } = await longRun({ seed: 1, steps: 8_000, ...(service && { service }) });
    expect(violations.map(({ promise }) => promise)).toContain(1);
  });
});
