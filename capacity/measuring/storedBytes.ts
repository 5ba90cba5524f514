/**
 * The bytes that DynamoDB counts for one stored item, by its published rules: names and strings in
 * UTF-8, numbers at about a byte for two digits, and the hundred that storage adds to each.
 */
import { type AttributeValue, QueryCommand } from "@aws-sdk/client-dynamodb";
import { localClient } from "../../local/emulator/database/tables.ts";

const overheadBytes = 100;

/** Of the newest event in a partition. */
export async function storedBytes(endpoint: string, table: string, pk: string): Promise<number> {
  const client = localClient(endpoint);
  try {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: "pk = :pk AND sk < :text",
        ExpressionAttributeValues: { ":pk": { S: pk }, ":text": { S: "A" } },
        ScanIndexForward: false,
        Limit: 1,
      }),
    );
    const [item] = Items;
    if (item === undefined) throw new Error(`nothing is stored under ${pk}`);
    const sizes = Object.entries(item).map(([name, value]) => name.length + bytesOf(value));
    return sizes.reduce((sum, size) => sum + size, overheadBytes);
  } finally {
    client.destroy();
  }
}

function bytesOf({ S, N }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return 1 + Math.ceil(N.length / 2);
  throw new TypeError("an event has strings and numbers only");
}
