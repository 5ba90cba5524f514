/**
 * Rooms in DynamoDB: one item each, the last of its log's partition, so that the query for the
 * newest events brings it. It is only ever updated: its attributes have several writers. Those in
 * the directory have `memberOf`, as memberships do, and so are in that index; all others are not.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Rooms } from "../../ports.ts";
import { getAll } from "./batch.ts";
import { ifConditionMet, type Table } from "./client.ts";
import {
  directoryName,
  fromItem,
  roomFrom,
  roomItem,
  roomKey,
  roomPrefix,
  toKey,
} from "./items.ts";
import { indexQuery, keysOf } from "./memberIndex.ts";
import { firstItems, getItem } from "./read.ts";

/** For the function that only reads them. */
export function dynamoReadRooms(table: Table): Pick<Rooms, "find"> {
  return {
    async find(room) {
      return roomFrom(await getItem(table, roomKey(room)));
    },
  };
}

export function dynamoRooms(table: Table): Rooms {
  return {
    ...dynamoReadRooms(table),
    async listDirectory(after, limit) {
      const behind = after === undefined ? undefined : roomKey(after).pk;
      const entries = await firstItems(table, indexQuery(directoryName, behind), limit + 1);
      const rooms = (await getAll(table, keysOf(entries.slice(0, limit))))
        .map((item) => ({
          room: item["pk"]?.S?.slice(roomPrefix.length) ?? "",
          item: roomFrom(item),
        }))
        .filter(({ item }) => item.listed)
        .sort((a, b) => (a.room < b.room ? -1 : 1));
      return { rooms, more: entries.length > limit };
    },
    async change(room, { fromRev, mark, ...changes }) {
      const memberOf = changes.listed === true && { memberOf: directoryName };
      const set = { ...changes, ...memberOf, mark, rev: fromRev + 1 };
      const names = Object.keys(set);
      const met = await ifConditionMet(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: toKey(roomKey(room)),
            UpdateExpression:
              `SET ${names.map((name) => `#${name} = :${name}`).join(", ")}` +
              (changes.listed === false ? " REMOVE memberOf" : ""),
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
