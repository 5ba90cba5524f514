/**
 * The log in DynamoDB: one item an event, its position as the sort key, put only where nothing is.
 */
import {
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { EventRange, Tail } from "../../model.ts";
import { isSameEvent } from "../../model.ts";
import type { FanOutLog, MessageLog } from "../../ports.ts";
import { bytesOf } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { getAll } from "./batch.ts";
import { isConditionFailed, type Table } from "./client.ts";
import {
  eventAttributes,
  eventFrom,
  eventKey,
  fromItem,
  roomFrom,
  roomItem,
  roomKey,
  storedEventFrom,
  toItem,
  toKey,
} from "./items.ts";
import { dynamoMessageChanges } from "./messageChanges.ts";
import { getItem } from "./read.ts";

/**
 * Events asked for at once when the caller will stop at a number of bytes: a frame of ordinary
 * messages is two or three such pages, and a page of the largest ones is 50 × 16 KB, not the 1.6 MB
 * that a whole `sync` would read for one frame.
 */
const eventsPerPage = limits.historyLimitDefault + 1;

/** Entries read at once beside those that are wanted, where some are left out: 200 KB of them. */
const leftOutAtOnce = 1_000;

/** For the function that sees how large rooms are. */
export function dynamoFanOutLog(table: Table): FanOutLog {
  const { client, name } = table;
  return {
    async findAll(room, seqs) {
      const items = await getAll(
        table,
        seqs.map((seq) => eventKey(room, seq)),
      );
      return items.map(eventFrom).sort((a, b) => a.seq - b.seq);
    },
    async setDelivery(room, delivery) {
      await client.send(
        new UpdateItemCommand({
          TableName: name,
          Key: toKey(roomKey(room)),
          UpdateExpression: "SET nextDelivery = :way",
          ExpressionAttributeValues: { ":way": { S: delivery } },
        }),
      );
    },
  };
}

/** For the function that only reads it. */
export function dynamoReadLog(table: Table): Pick<MessageLog, "tail" | "list"> {
  return {
    tail: (room, limit) => readTail(table, room, limit),

    async list(room, range) {
      const events: LogEvent[] = [];
      const [first, last] = boundsOf(range);
      if (first > last) return events; // which DynamoDB would refuse
      let bytes = 0;
      let leftOut = 0;
      let start: QueryCommandOutput["LastEvaluatedKey"];
      do {
        // More at once, the more there is to leave out.
        const wanted = range.limit - events.length + Math.min(leftOut, leftOutAtOnce);
        const page = await queryPage(table, room, range, wanted, start);
        for (const item of page.Items ?? []) {
          if (range.withoutChanged && item["kind"]?.S === "changed") {
            leftOut += 1;
            continue;
          }
          const event = eventFrom(item);
          if (events.length === range.limit) continue;
          events.push(event);
          if (range.bytesMax !== undefined) bytes += bytesOf(event);
        }
        start = page.LastEvaluatedKey;
      } while (start && events.length < range.limit && bytes <= (range.bytesMax ?? 0));
      return events;
    },
  };
}

export function dynamoMessageLog(table: Table): MessageLog {
  return {
    ...dynamoFanOutLog(table),
    ...dynamoMessageChanges(table),
    ...dynamoReadLog(table),

    async find(room, seq) {
      const item = await getItem(table, eventKey(room, seq));
      return item && eventFrom(item);
    },

    async put(room, event) {
      const { seq } = event;
      try {
        await table.client.send(
          new PutItemCommand({
            TableName: table.name,
            Item: toItem(eventKey(room, seq), eventAttributes(event)),
            ConditionExpression: "attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure: "ALL_OLD",
          }),
        );
        return "stored";
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        // Emulators do not all send back the item in the way. Events are never deleted, so it is
        // still there.
        const taken = error.Item ?? (await getItem(table, eventKey(room, seq)));
        if (taken === undefined) throw error;
        // The SDK repeats a put whose answer was lost, and then finds itself in the way.
        const there = storedEventFrom(taken);
        return isSameEvent(there, event) ? "stored" : there;
      }
    },

    async handOver(room, seq) {
      await table.client.send(
        new UpdateItemCommand({
          TableName: table.name,
          Key: toKey(eventKey(room, seq)),
          UpdateExpression: "SET delivery = :stream REMOVE announce",
          ConditionExpression: "attribute_exists(pk)",
          ExpressionAttributeValues: { ":stream": { S: "stream" } },
        }),
      );
    },
  };
}

/** The room is the last item of its log's partition: one read brings both. */
async function readTail({ client, name }: Table, room: string, limit: number): Promise<Tail> {
  const { pk, sk } = roomKey(room);
  const { Items = [] } = await client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: pk } },
      ConsistentRead: true,
      ScanIndexForward: false,
      Limit: limit + 1,
    }),
  );
  const [last] = Items;
  const item = last?.["sk"]?.S === sk ? last : undefined;
  const events = item ? Items.slice(1) : Items;
  return {
    events: events.slice(0, limit).map(storedEventFrom),
    delivery: (item && fromItem(roomItem, item).nextDelivery) ?? "direct",
    room: roomFrom(item),
  };
}

/** The lowest and the highest position within a range. */
function boundsOf({ after, before }: EventRange): [number, number] {
  const last = before === undefined ? Number.MAX_SAFE_INTEGER : before - 1;
  return [(after ?? 0) + 1, last];
}

async function queryPage(
  { client, name }: Table,
  room: string,
  range: EventRange,
  wanted: number,
  start: QueryCommandOutput["LastEvaluatedKey"],
): Promise<QueryCommandOutput> {
  const [first, last] = boundsOf(range);
  const { pk, sk } = eventKey(room, first);
  return client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
      ExpressionAttributeValues: {
        ":pk": { S: pk },
        ":first": { S: sk },
        ":last": { S: eventKey(room, last).sk },
      },
      ScanIndexForward: range.order === "oldest first",
      ConsistentRead: true,
      Limit: range.bytesMax === undefined ? wanted : Math.min(wanted, eventsPerPage),
      ExclusiveStartKey: start,
    }),
  );
}
