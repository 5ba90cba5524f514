/**
 * How many may do something at once. Without a bound a slow machine makes everybody wait, ask again
 * and so make it slower, until it does nothing but answer who has long given up.
 */
export interface Turns {
  /** Run it when it is its turn. */
  take<T>(work: () => Promise<T>): Promise<T>;
}

export function turns(atOnce: number): Turns {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return {
    async take(work) {
      if (taken >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      else taken += 1;
      try {
        return await work();
      } finally {
        // Handed on without being given back, or who asks just now would be before who waits.
        const next = waiting.shift();
        if (next) next();
        else taken -= 1;
      }
    },
  };
}
