/**
 * Blocks in DynamoDB, in the partition of the user who blocks. A block that has ended stays as an
 * item that says so: no function that reads messages may delete from their table.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { Blocks } from "../../ports.ts";
import type { Table } from "./client.ts";
import { blockedUser, blockKey, blocksAfter, toKey } from "./items.ts";
import { firstItems } from "./read.ts";

export function dynamoBlocks(table: Table): Blocks {
  async function set(user: string, blocked: string, isBlocked: boolean): Promise<void> {
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.name,
        Key: toKey(blockKey(user, blocked)),
        UpdateExpression: "SET isBlocked = :isBlocked",
        ExpressionAttributeValues: { ":isBlocked": { BOOL: isBlocked } },
      }),
    );
  }
  return {
    put: (user, blocked) => set(user, blocked, true),
    remove: (user, blocked) => set(user, blocked, false),
    async list(user, after, limit) {
      const { pk, from, to } = blocksAfter(user, after);
      const query = {
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
        FilterExpression: "isBlocked = :true",
        ExpressionAttributeValues: {
          ":pk": { S: pk },
          ":from": { S: from },
          ":to": { S: to },
          ":true": { BOOL: true },
        },
        ConsistentRead: true,
      };
      return (await firstItems(table, query, limit)).map(blockedUser);
    },
  };
}
