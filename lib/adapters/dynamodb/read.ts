/** How items are read: one by its key, or a query page by page. */
import {
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { Table } from "./client.ts";
import { type Item, type Key, toKey } from "./items.ts";

/** Strongly consistent, as every read is that something is decided by. */
export async function getItem({ client, name }: Table, key: Key): Promise<Item | undefined> {
  const command = new GetItemCommand({ TableName: name, Key: toKey(key), ConsistentRead: true });
  return (await client.send(command)).Item;
}

/** Pages of a query, each read when its reader asks for it: a reader who stops pays for no more. */
export async function* pagesOf(
  { client, name }: Table,
  query: Omit<QueryCommandInput, "TableName">,
): AsyncGenerator<QueryCommandOutput> {
  let start = query.ExclusiveStartKey;
  do {
    const command = new QueryCommand({ ...query, TableName: name, ExclusiveStartKey: start });
    const page: QueryCommandOutput = await client.send(command);
    yield page;
    start = page.LastEvaluatedKey;
  } while (start);
}

/** The first items that a query finds, at most `limit`. */
export async function firstItems(
  table: Table,
  query: Omit<QueryCommandInput, "TableName">,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of pagesOf(table, { ...query, Limit: limit })) {
    items.push(...Items);
    if (items.length >= limit) break;
  }
  return items.slice(0, limit);
}

/** The same pages, the next one read while its reader works: for a reader who wants them all. */
export async function* readAhead<T>(pages: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = pages.next();
  for (;;) {
    const page = await next;
    if (page.done) return;
    next = pages.next();
    next.catch(() => {}); // awaited above, or dropped by a reader whose time is up
    yield page.value;
  }
}
