/**
 * When a connection is replaced: while enough of its life is left for some tries that fail, and at
 * a random moment, because clients that connected together must not come again together.
 */
import * as limits from "./limits.ts";

/**
 * How long to wait before the hand-over, of a connection that may be used for so long. Undefined
 * when that is too short to be worth one: the clock of this machine may be wrong.
 */
export function handOverAfterMs(lifeMs: number, random: () => number): number | undefined {
  if (lifeMs < limits.handOverLifeMs) return undefined;
  const [from, to] = [limits.handOverFrom, limits.handOverTo];
  return lifeMs * (from + (to - from) * random());
}
