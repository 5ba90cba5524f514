/** What the simulation and the checker are worth: services that are wrong, each to be noticed. */
import { describe, expect, it } from "vitest";
import { mutants } from "./mutants/all.ts";
import type { Mutant } from "./mutants/mutant.ts";
import { type CaseOptions, exploreCase } from "./smallCase.ts";

/** Runs in which each has to be noticed. */
const ordersMax = 1_000;
/** Runs in which one that is about kills, or gateways, must not be noticed without them. */
const withoutMax = 200;

async function findingsOf({ small, service }: Mutant, options: Partial<CaseOptions>) {
  const { findings } = await exploreCase(small, { service, kills: 0, ordersMax, ...options });
  return findings.flatMap(({ what }) => what);
}

describe("a wrong service is noticed", () => {
  const byWhat = mutants.map((mutant): [string, Mutant] => [mutant.what, mutant]);
  it.each(byWhat)("%s", async (_what, mutant) => {
    const { promise, seenAs = promise } = mutant;
    const isIt = (story: string) => story.startsWith(`promise ${seenAs}:`);
    const isEnough = (what: readonly string[]) => what.some(isIt);
    const kills = promise === 10 && seenAs !== 10 ? 1 : 0;
    expect(await findingsOf(mutant, { isEnough, kills })).toContainEqual(
      expect.stringMatching(`^promise ${seenAs}:`),
    );
    if (kills > 0) expect(await findingsOf(mutant, { ordersMax: withoutMax })).toEqual([]);
    if (promise === 11) {
      expect(await findingsOf(mutant, { ordersMax: withoutMax, gateways: 1 })).toEqual([]);
    }
  });
});

it.each([
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15,
])("promise %i is broken in two ways", (promise) => {
  expect(mutants.filter((mutant) => mutant.promise === promise).length).toBeGreaterThan(1);
});
