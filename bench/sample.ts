/**
 * Measurements of one thing done many times. Medians, because a shared machine makes the mean its
 * own; and what is compared is measured in turns, so that a slow second is slow for all of it.
 */
export type Sample = number[];

/** The value that the given share of the sample does not exceed (nearest rank). */
export function percentile(sample: Readonly<Sample>, share: number): number {
  const sorted = [...sample].sort((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError("the sample is empty");
  return found;
}

export const median = (sample: Readonly<Sample>): number => percentile(sample, 0.5);

export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Takes each measurement `rounds` times, in turns, and returns the medians by name. */
export async function mediansInTurns(
  measurements: Readonly<Record<string, () => Promise<number>>>,
  rounds: number,
): Promise<(name: string) => number> {
  const samples = new Map<string, Sample>();
  const warmUpRounds = Math.ceil(rounds / 5);
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (const [name, measure] of Object.entries(measurements)) {
      const measured = await measure();
      if (round >= 0) samples.set(name, [...(samples.get(name) ?? []), measured]);
    }
  }
  return (name) => median(samples.get(name) ?? []);
}
