/**
 * A table that gives little at once, as a large one does and no small one in an emulator: pages of
 * queries are short, some are empty and yet not the last, and a batch is done by and by. It keeps
 * what DynamoDB promises and nothing beyond, so whatever holds for other tables holds for this one.
 */
import { limits } from "../../lib/protocol/limits.ts";
import { partBatch } from "../support/partBatch.ts";
import type { Altered, TableRequest, Treatment } from "../support/tableProxy.ts";

/** A tail is so small that it is always one page. */
export const scarcePage = limits.tailEvents + 5;

type Query = { Limit?: number; ExclusiveStartKey?: unknown; Select?: string };

/** What becomes of each request in turn. */
export function scarcely(): (request: TableRequest) => Treatment {
  const met = new Set<string>();
  return (request) => {
    if (request.operation === "Query") {
      const isFirst = !met.has(request.body);
      met.add(request.body);
      return shortPage(request, isFirst);
    }
    return partBatch(request, (count) => Math.ceil(count * 0.75)) ?? "pass";
  };
}

/** The first time that it is to go on behind a key, a query comes no further. */
function shortPage({ body }: TableRequest, isFirst: boolean): Altered {
  const query = JSON.parse(body) as Query;
  const { Limit = scarcePage, ExclusiveStartKey } = query;
  const short = JSON.stringify({ ...query, Limit: Math.min(Limit, scarcePage) });
  const isEmpty = isFirst && ExclusiveStartKey !== undefined;
  const empty = JSON.stringify({
    ...(query.Select !== "COUNT" && { Items: [] }),
    Count: 0,
    ScannedCount: 0,
    LastEvaluatedKey: ExclusiveStartKey,
  });
  return { body: short, answerWith: (answer) => (isEmpty ? empty : answer) };
}
