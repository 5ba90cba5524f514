/** How often things happened, by source and name. Counted where they happen, and only then. */
export interface Counts {
  add(source: string, name: string, times?: number): void;
  of(source: string, name: string): number;
  sum(source: string): number;
  /** By source, then by name, in the order in which they were first counted. */
  readonly all: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

export function createCounts(): Counts {
  const all = new Map<string, Map<string, number>>();
  return {
    all,
    add(source, name, times = 1) {
      const counts = all.get(source) ?? new Map<string, number>();
      all.set(source, counts);
      counts.set(name, (counts.get(name) ?? 0) + times);
    },
    of: (source, name) => all.get(source)?.get(name) ?? 0,
    sum: (source) => [...(all.get(source)?.values() ?? [])].reduce((sum, count) => sum + count, 0),
  };
}
