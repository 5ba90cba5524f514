/**
 * Bounded concurrency, for work that is done on many things. Workers share one iterator, so memory
 * is bounded by the source's own read-ahead and one slow item holds up one worker, not the rest.
 */

/**
 * Run `work` on every item of every page, at most `limit` at once. Rejects with the first rejection
 * of either.
 */
async function forEachInFlight<T>(
  pages: AsyncIterable<readonly T[]>,
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const items = itemsOf(pages);
  const worker = async () => {
    for (let next = await items.next(); !next.done; next = await items.next()) {
      await work(next.value);
    }
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

/**
 * Map an array with at most `limit` of its items at work at once; results in the order of the
 * items.
 */
export async function mapInFlight<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const indexed = [...items.entries()];
  await forEachInFlight(onePage(indexed), Math.min(limit, items.length), async ([index, item]) => {
    results[index] = await work(item);
  });
  return results;
}

async function* itemsOf<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

async function* onePage<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
  yield page;
}
