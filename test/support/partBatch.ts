/** Batches that DynamoDB leaves undone in part, which no emulator does. */
import type { Altered, TableRequest } from "./tableProxy.ts";

type Batch = Record<string, unknown[] | { Keys: unknown[] }>;

export interface PartedBatch extends Altered {
  /** What is not done, by table. */
  left: Batch;
}

/**
 * A batch of which only a part is done, and the rest is answered as unprocessed. `countDone` says
 * how many of so many are done, and at least one is. Undefined where that is all of them.
 */
export function partBatch(
  { operation, body }: TableRequest,
  countDone: (count: number) => number,
): PartedBatch | undefined {
  const undone = unprocessed[operation];
  if (undone === undefined) return undefined;
  const request = JSON.parse(body) as { RequestItems: Batch };
  const done: Batch = {};
  const left: Batch = {};
  for (const [table, items] of Object.entries(request.RequestItems)) {
    const all = Array.isArray(items) ? items : items.Keys;
    const cut = Math.max(1, countDone(all.length));
    const of = (part: unknown[]) => (Array.isArray(items) ? part : { ...items, Keys: part });
    done[table] = of(all.slice(0, cut));
    if (cut < all.length) left[table] = of(all.slice(cut));
  }
  if (Object.keys(left).length === 0) return undefined;
  return {
    left,
    body: JSON.stringify({ ...request, RequestItems: done }),
    answerWith: (answer) => JSON.stringify({ ...JSON.parse(answer), [undone]: left }),
  };
}

/** Where an answer says what was not done. */
const unprocessed: Record<string, string> = {
  BatchGetItem: "UnprocessedKeys",
  BatchWriteItem: "UnprocessedItems",
};
