/** Fills a table in few requests, for tests that need many rows. */
import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  type PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Table } from "../../lib/adapters/dynamodb/client.ts";
import { mapInFlight } from "../../lib/concurrency.ts";

/** As many items as DynamoDB takes in one request. */
const batchMax = 25;

/** Writes every item that `put` puts into the table it is given, unconditionally and in batches. */
export async function putAll(table: Table, put: (table: Table) => Promise<unknown>): Promise<void> {
  const puts: { PutRequest: Pick<PutItemCommand["input"], "Item"> }[] = [];
  const send = async ({ input: { Item } }: PutItemCommand) =>
    void puts.push({ PutRequest: { Item } });
  await put({ ...table, client: { send } as unknown as DynamoDBClient });
  const batches = Array.from({ length: Math.ceil(puts.length / batchMax) }, (_, index) =>
    puts.slice(index * batchMax, (index + 1) * batchMax),
  );
  await mapInFlight(batches, 4, async (batch) => {
    let left: typeof batch | undefined = batch;
    while (left?.length) {
      const RequestItems = { [table.name]: left };
      const { UnprocessedItems } = await table.client.send(
        new BatchWriteItemCommand({ RequestItems }),
      );
      left = UnprocessedItems?.[table.name] as typeof batch | undefined;
    }
  });
}
