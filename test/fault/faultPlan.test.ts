/** A plan of faults is its seed's, whole from the beginning, and over when it is ended. */
import { describe, expect, it } from "vitest";
import { type FaultPlan, faultPlan, randomFor } from "./faultPlan.ts";

const weights = { often: 8, seldom: 1, never: 0 };
type Kind = keyof typeof weights;

const planOf = (seed: number, rate = 0.5) => faultPlan(randomFor(seed, "a test"), weights, rate);
const kindsOf = (plan: FaultPlan<Kind>, calls = 400) =>
  Array.from({ length: calls }, () => plan.next()?.kind);

describe("a plan of faults", () => {
  it("is the same for the same seed, and another for another", () => {
    expect(kindsOf(planOf(1))).toEqual(kindsOf(planOf(1)));
    expect(kindsOf(planOf(1))).not.toEqual(kindsOf(planOf(2)));
  });

  it("is another for another source of the same seed", () => {
    const other = faultPlan(randomFor(1, "another test"), weights, 0.5);
    expect(kindsOf(other)).not.toEqual(kindsOf(planOf(1)));
  });

  it("has each kind once before any comes by its weight", () => {
    const kinds = kindsOf(planOf(3)).filter((kind) => kind !== undefined);
    expect(new Set(kinds.slice(0, 3)).size).toBe(3);
    const later = kinds.slice(3);
    const count = (of: Kind) => later.filter((kind) => kind === of).length;
    expect(count("often")).toBeGreaterThan(count("seldom"));
    expect(count("seldom")).toBeGreaterThan(0);
    expect(count("never")).toBe(0);
  });

  it("keeps a kind that does not apply for when it does", () => {
    const plan = planOf(4, 1);
    const first = Array.from({ length: 10 }, () => plan.next((kind) => kind !== "never")?.kind);
    expect(first).not.toContain("never");
    expect(plan.next()?.kind).toBe("never");
  });

  it("spares who is lucky, and everybody when it has ended", () => {
    const plan = planOf(5);
    const spared = kindsOf(plan).filter((kind) => kind === undefined).length;
    expect(spared).toBeGreaterThan(100);
    expect(spared).toBeLessThan(300);
    plan.end();
    expect(new Set(kindsOf(plan))).toEqual(new Set([undefined]));
  });
});
