/**
 * Tests every order of the small cases, as far as the bounds go, which keep this to seconds; and
 * random ones where there are more. `npm run simulate -- --cases` goes on.
 */
import { describe, expect, it } from "vitest";
import type { SmallCase } from "./caseShape.ts";
import { smallCases } from "./cases/all.ts";
import { exploreCase, wanderCase } from "./smallCase.ts";

const byTitle = smallCases.map((small): [string, SmallCase] => [small.title, small]);
/** Runs of a case at most, from the first, by how many operations may be killed in one. */
const ordersMax = [200, 100] as const;
/** Random ones, where those were not all. */
const randomOrders = 40;
/**
 * With more kills the first orders differ in their last kills only, and no mutant needs them
 * (docs/decisions/0057-fifteen-minutes.md): random ones only, with up to so many.
 */
const killsOften = 3;

export function describeOrders(kills: 0 | 1): void {
  const cases = byTitle.filter(([, small]) => small.kills >= kills);
  const most = ordersMax[kills];
  describe(`in every order, with ${kills} killed (promises 1 to 16)`, () => {
    it.each(cases)("every order keeps every promise: %s", async (title, small) => {
      const { findings, orders, isBounded } = await exploreCase(small, { kills, ordersMax: most });
      if (isBounded) {
        findings.push(...(await wanderCase(small, { kills, orders: randomOrders, seed: 1 })));
      }
      expect(findings.slice(0, 3)).toEqual([]);
      const all = isBounded ? `, bounded, and ${randomOrders} random ones` : ", all there are";
      console.log(`${title}, ${kills} kills: ${orders} orders${all}`);
    });
  });
}

export function describeKilledOften(): void {
  const cases = byTitle.filter(([, small]) => small.kills > 0);
  describe(`in random orders, with up to ${killsOften} killed (promises 1 to 16)`, () => {
    it.each(cases)("keeps every promise: %s", async (_title, small) => {
      const options = { kills: killsOften, orders: randomOrders, seed: 1 };
      expect((await wanderCase(small, options)).slice(0, 3)).toEqual([]);
    });
  });
}
