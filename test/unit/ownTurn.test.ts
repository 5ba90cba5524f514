/** Requests begin in turns of the event loop. */
import { expect, it } from "vitest";
import { ownTurn } from "../../lib/adapters/aws/ownTurn.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** How many of so many requests have begun, turn by turn. */
async function begunOf(count: number): Promise<number[]> {
  let begun = 0;
  const all = Array.from({ length: count }, () =>
    ownTurn().then(() => {
      begun += 1;
    }),
  );
  const seen: number[] = [];
  while (begun < count) {
    await Promise.resolve();
    await Promise.resolve();
    seen.push(begun);
    await turn();
  }
  await Promise.all(all);
  return [...seen, begun];
}

it("begins a request at once, and those that come with it four in a turn", async () => {
  expect(await begunOf(10)).toEqual([1, 5, 9, 10]);
});

it("begins the next one at once, when some turns went by", async () => {
  await turn();
  await turn();
  expect((await begunOf(2))[0]).toBe(1);
});
