/**
 * Whether the tables answer. Asks for an item that is never there: the least that a table can be
 * asked.
 */
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { Table } from "./client.ts";
import { toKey } from "./items.ts";

/** @throws the error of the first table that does not answer */
export function dynamoHealth(tables: readonly Table[]): () => Promise<void> {
  return async () => {
    const Key = toKey({ pk: "HEALTH", sk: "HEALTH" });
    await Promise.all(
      tables.map(({ client, name }) => client.send(new GetItemCommand({ TableName: name, Key }))),
    );
  };
}
