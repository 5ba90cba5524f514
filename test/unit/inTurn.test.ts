/** Requests begin in turns of the event loop. */
import { expect, it } from "vitest";
import { inTurn } from "../../lib/adapters/aws/inTurn.ts";

const twoTurns = () => new Promise<void>((resolve) => setImmediate(setImmediate, resolve));

/** How many of so many requests have begun, every other turn. */
async function begunOf(count: number): Promise<number[]> {
  let begun = 0;
  const all = Array.from({ length: count }, () =>
    inTurn().then(() => {
      begun += 1;
    }),
  );
  const seen: number[] = [];
  while (begun < count) {
    await Promise.resolve();
    await Promise.resolve();
    seen.push(begun);
    await twoTurns();
  }
  await Promise.all(all);
  return [...seen, begun];
}

it("begins a request at once, and those that come with it four in every other turn", async () => {
  expect(await begunOf(10)).toEqual([1, 5, 9, 10]);
});

it("begins the next one at once, when some turns went by", async () => {
  await twoTurns();
  await twoTurns();
  expect((await begunOf(2))[0]).toBe(1);
});
