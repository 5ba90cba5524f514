/** The two ways in which items are read: one by its key, and pages of a query. */
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

/** Every page of a query, each asked for before the one ahead of it is worked on. */
export async function* pagesOf(
  { client, name }: Table,
  query: Omit<QueryCommandInput, "TableName">,
): AsyncGenerator<QueryCommandOutput> {
  const ask = (start: QueryCommandOutput["LastEvaluatedKey"]) =>
    client.send(new QueryCommand({ ...query, TableName: name, ExclusiveStartKey: start }));
  let next: Promise<QueryCommandOutput> | undefined = ask(query.ExclusiveStartKey);
  while (next) {
    const page: QueryCommandOutput = await next;
    next = page.LastEvaluatedKey && ask(page.LastEvaluatedKey);
    next?.catch(() => {}); // awaited above, or dropped by a reader that has seen enough
    yield page;
  }
}
