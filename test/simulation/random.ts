/** A generator of numbers that a seed fixes (mulberry32), and choices made with it. */
export interface Random {
  /** Evenly spread over [0, 1). */
  next(): number;
  chance(probability: number): boolean;
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
}

export function randomOf(seed: number): Random {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    chance: (probability) => next() < probability,
    below,
    pick: <T>(from: readonly T[]) => from[below(from.length)] as T,
  };
}
