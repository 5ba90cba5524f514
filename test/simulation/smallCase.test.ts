/**
 * Every order of the small cases. Bounds keep this to seconds; `npm run simulate -- --cases` has
 * none.
 */
import { describe, expect, it } from "vitest";
import { smallCases } from "./cases/all.ts";
import { exploreCase, type SmallCase } from "./smallCase.ts";

const byTitle = smallCases.map((small): [string, SmallCase] => [small.title, small]);
/** Runs of a case at most, by how many operations may be killed in one. */
const ordersMax = [600, 400, 100, 50];

describe.each(
  ordersMax.map((most, kills) => ({ most, kills })),
)("whatever comes first, with $kills killed (promises 1 to 11)", ({ most, kills }) => {
  const cases = byTitle.filter(([, small]) => small.kills >= Math.min(kills, 1));
  it.each(cases)("every order keeps every promise: %s", async (title, small) => {
    const { findings, orders, isBounded } = await exploreCase(small, { kills, ordersMax: most });
    expect(findings.slice(0, 3)).toEqual([]);
    const all = isBounded ? ", bounded" : ", all there are";
    console.log(`${title}, ${kills} kills: ${orders} orders${all}`);
  });
});
