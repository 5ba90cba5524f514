/** Pages as a table may give them: of one item and of two, and empty ones with more behind them. */
export function* smallPages<T>(items: readonly T[]): Generator<T[]> {
  let from = 0;
  for (let page = 0; from < items.length; page += 1) {
    const size = sizes[page % sizes.length] ?? 1;
    yield items.slice(from, from + size);
    from += size;
  }
}

const sizes = [1, 0, 2];
