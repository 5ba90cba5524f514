/**
 * Rooms in DynamoDB: one item each, the last of its log's partition, so that the query for the
 * newest events brings it. It is only ever updated: its attributes have several writers.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Rooms } from "../../ports.ts";
import { ifConditionMet, type Table } from "./client.ts";
import { fromItem, roomFrom, roomItem, roomKey, toKey } from "./items.ts";
import { getItem } from "./read.ts";

export function dynamoRooms(table: Table): Rooms {
  return {
    async find(room) {
      return roomFrom(await getItem(table, roomKey(room)));
    },
    async change(room, { fromRev, mark, ...changes }) {
      const set = { ...changes, mark, rev: fromRev + 1 };
      const names = Object.keys(set);
      const met = await ifConditionMet(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: toKey(roomKey(room)),
            UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}`,
            ConditionExpression: fromRev === 0 ? "attribute_not_exists(#rev)" : "#rev = :fromRev",
            ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
            ExpressionAttributeValues: marshall({
              ...Object.fromEntries(Object.entries(set).map(([name, to]) => [`:${name}`, to])),
              ...(fromRev !== 0 && { ":fromRev": fromRev }),
            }),
          }),
        ),
      );
      if (met !== undefined) return true;
      // The SDK repeats an update whose answer was lost, and then finds its own change.
      const item = await getItem(table, roomKey(room));
      return item !== undefined && fromItem(roomItem, item).mark === mark;
    },
  };
}
