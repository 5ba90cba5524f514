/**
 * Reported messages in DynamoDB, one item for each reporter of a message. They are in the table
 * that deletes items by their time, and not in the one of the logs: a copy must not outlive its
 * lifetime, in the table or in a backup.
 */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { ReportedMessages } from "../../messagePorts.ts";
import { ifConditionMet, type Table } from "./client.ts";
import { fromItem, reportedAfter, reportedItem, reportedKey, toItem } from "./items.ts";
import { firstItems } from "./read.ts";

export function dynamoReportedMessages(table: Table): ReportedMessages {
  return {
    async put(room, { by, atMs, reason, event }, keptUntilMs) {
      const expiresAt = Math.ceil(keptUntilMs / 1_000);
      await ifConditionMet(
        table.client.send(
          new PutItemCommand({
            TableName: table.name,
            Item: toItem(reportedKey(room, event.seq, by), {
              reporter: by,
              ...{ atMs, reason, event, expiresAt },
            }),
            // One that has expired may not have been deleted yet.
            ConditionExpression: "attribute_not_exists(pk) OR expiresAt <= :now",
            ExpressionAttributeValues: { ":now": { N: String(Math.floor(atMs / 1_000)) } },
          }),
        ),
      );
    },
    async list(room, after, limit, nowMs) {
      const { pk, from } = reportedAfter(room, after);
      const query = {
        KeyConditionExpression: "pk = :pk AND sk >= :from",
        FilterExpression: "expiresAt > :now",
        ExpressionAttributeValues: {
          ":pk": { S: pk },
          ":from": { S: from },
          ":now": { N: String(Math.floor(nowMs / 1_000)) },
        },
        ConsistentRead: true,
      };
      return (await firstItems(table, query, limit)).map((item) => {
        const { reporter, atMs, reason, event } = fromItem(reportedItem, item);
        return { by: reporter, atMs, ...(reason && { reason }), event };
      });
    },
  };
}
