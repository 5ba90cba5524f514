/** Pages of a list, each asked for behind the last entry of the one before. */
export async function* pagesAfter<P extends { more: boolean }, E, K>(
  ask: (after?: K) => Promise<P>,
  entriesOf: (page: P) => E[],
  keyOf: (entry: E) => K,
): AsyncGenerator<E[]> {
  for (let after: K | undefined; ; ) {
    const page = await ask(after);
    const entries = entriesOf(page);
    if (entries.length > 0) yield entries;
    const last = entries.at(-1);
    if (!page.more || last === undefined) return;
    after = keyOf(last);
  }
}
