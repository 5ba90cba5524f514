/**
 * Which fault befalls the next thing that could have one. A seed fixes the whole sequence of one
 * source, whatever the others do: each has numbers of its own, and takes as many for what is spared
 * as for what is hit. Each kind comes once before any comes by chance, so that short runs have all.
 */
import { createHash } from "node:crypto";
import { type Random, randomOf } from "../simulation/random.ts";

export interface Fault<K extends string> {
  kind: K;
  /** At least 0 and below 1: how long it takes, how much is hit. */
  strength: number;
}

export interface FaultPlan<K extends string> {
  /** `applies`: the kinds that what comes next can have. */
  next(applies?: (kind: K) => boolean): Fault<K> | undefined;
  /** Nothing more goes wrong from here on. */
  end(): void;
}

/** `weights`: how often each kind comes, against each other. `rate`: of calls, how many fail. */
export function faultPlan<K extends string>(
  random: Random,
  weights: Readonly<Record<K, number>>,
  rate: number,
): FaultPlan<K> {
  const kinds = Object.keys(weights) as K[];
  const owed = shuffled(kinds, random);
  const sum = kinds.reduce((total, kind) => total + weights[kind], 0);
  let hasEnded = false;

  function byChance(place: number): K | undefined {
    let left = place * sum;
    return kinds.find((kind) => {
      left -= weights[kind];
      return left < 0;
    });
  }

  return {
    next(applies = () => true) {
      const [isHit, place, strength] = [random.chance(rate), random.next(), random.next()];
      if (hasEnded || !isHit) return undefined;
      const due = owed.find(applies);
      if (due !== undefined) owed.splice(owed.indexOf(due), 1);
      const kind = due ?? byChance(place);
      return kind !== undefined && applies(kind) ? { kind, strength } : undefined;
    },
    end() {
      hasEnded = true;
    },
  };
}

/** Numbers of its own for each source of one seed. */
export function randomFor(seed: number, source: string): Random {
  const digest = createHash("sha256").update(`${seed} ${source}`).digest();
  return randomOf(digest.readInt32LE());
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  return values
    .map((value) => ({ value, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ value }) => value);
}
