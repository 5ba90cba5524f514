/**
 * The log in DynamoDB: one item an event, its position as the sort key, put only where nothing is.
 */
import {
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { bytesOf } from "../../domain/frameSize.ts";
import type { EventRange, MessageLog } from "../../ports.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { isConditionFailed, type Table } from "./client.ts";
import { eventFrom, eventKey, toItem, toKey } from "./items.ts";

/**
 * Events asked for at once when the caller will stop at a number of bytes: a frame of ordinary
 * messages is two or three such pages, and a page of the largest ones is 50 × 16 KB, not the 1.6 MB
 * that a whole `sync` would read for one frame.
 */
const eventsPerPage = 50;

export function dynamoMessageLog(table: Table): MessageLog {
  return {
    async list(room, range) {
      const events: LogEvent[] = [];
      let bytes = 0;
      let start: QueryCommandOutput["LastEvaluatedKey"];
      do {
        const page = await queryPage(table, room, range, range.limit - events.length, start);
        for (const item of page.Items ?? []) {
          const event = eventFrom(item);
          events.push(event);
          if (range.bytesMax !== undefined) bytes += bytesOf(event);
        }
        start = page.LastEvaluatedKey;
      } while (start && events.length < range.limit && bytes <= (range.bytesMax ?? 0));
      return events;
    },

    async find(room, seq) {
      const { Item } = await table.client.send(
        new GetItemCommand({
          TableName: table.name,
          Key: toKey(eventKey(room, seq)),
          ConsistentRead: true,
        }),
      );
      return Item && eventFrom(Item);
    },

    async put(room, event) {
      const { seq, ...attributes } = event;
      try {
        await table.client.send(
          new PutItemCommand({
            TableName: table.name,
            Item: toItem(eventKey(room, seq), attributes),
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "stored";
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        // Emulators do not all send back the item in the way. Events are never deleted, so it is
        // still there.
        const taken = error.Item ? eventFrom(error.Item) : await this.find(room, seq);
        if (taken === undefined) throw error;
        return taken;
      }
    },
  };
}

async function queryPage(
  { client, name }: Table,
  room: string,
  range: EventRange,
  wanted: number,
  start: QueryCommandOutput["LastEvaluatedKey"],
): Promise<QueryCommandOutput> {
  const { pk, sk: first } = eventKey(room, (range.after ?? 0) + 1);
  const before = Math.min(range.before ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const { sk: last } = eventKey(room, before - 1);
  return client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
      ExpressionAttributeValues: { ":pk": { S: pk }, ":first": { S: first }, ":last": { S: last } },
      ScanIndexForward: range.order === "oldest first",
      ConsistentRead: true,
      Limit: range.bytesMax === undefined ? wanted : Math.min(wanted, eventsPerPage),
      ExclusiveStartKey: start,
    }),
  );
}
