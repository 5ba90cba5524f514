/**
 * Who reacted, in DynamoDB: one item for a user and message, in a partition of the message's own,
 * with an attribute for each emoji. So reacting twice is once, and a reaction that is taken away
 * leaves nothing, although no function that reads messages may delete from their table.
 */
import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { Reactions } from "../../messagePorts.ts";
import type { Reactor } from "../../model.ts";
import { limits } from "../../protocol/limits.ts";
import { ifConditionMet, type Table } from "./client.ts";
import { fromItem, type Item, reactorItem, reactorKey, toKey } from "./items.ts";
import { getItem, pagesOf } from "./read.ts";

export function dynamoReactions(table: Table): Reactions {
  const { client, name: TableName } = table;
  return {
    async put(room, seq, user, emoji, atMs) {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: toKey(reactorKey(room, seq, user)),
          UpdateExpression: "SET #emoji = if_not_exists(#emoji, :at)",
          ExpressionAttributeNames: { "#emoji": emoji },
          ExpressionAttributeValues: { ":at": { N: String(atMs) } },
        }),
      );
    },

    async remove(room, seq, user, emoji) {
      await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: toKey(reactorKey(room, seq, user)),
            UpdateExpression: "REMOVE #emoji",
            ConditionExpression: "attribute_exists(#emoji)",
            ExpressionAttributeNames: { "#emoji": emoji },
          }),
        ),
      );
    },

    async find(room, seq, user) {
      const item = await getItem(table, reactorKey(room, seq, user));
      const reactor = item && reactorFrom(item);
      return reactor?.emoji.length ? reactor : undefined;
    },

    async list(room, seq, { emoji, after, limit }) {
      const { pk, sk } = reactorKey(room, seq, after ?? "");
      const query = {
        KeyConditionExpression: after === undefined ? "pk = :pk" : "pk = :pk AND sk > :after",
        ExpressionAttributeValues: {
          ":pk": { S: pk },
          ...(after !== undefined && { ":after": { S: sk } }),
        },
        ConsistentRead: true,
        // Those with one emoji may be few among many.
        Limit: emoji === undefined ? limit : limits.reactorsCounted,
      };
      const found: Reactor[] = [];
      for await (const { Items = [] } of pagesOf(table, query)) {
        found.push(...Items.map(reactorFrom).filter((reactor) => reactedWith(reactor, emoji)));
        if (found.length >= limit) break;
      }
      return found.slice(0, limit);
    },
  };
}

/** Not so for somebody who took all their reactions away. */
function reactedWith(reactor: Reactor, emoji: string | undefined): boolean {
  if (emoji === undefined) return reactor.emoji.length > 0;
  return reactor.emoji.some((one) => one.emoji === emoji);
}

export function reactorFrom(item: Item): Reactor {
  const { pk: _, sk: user, ...times } = fromItem(reactorItem, item);
  const emoji = Object.entries(times).map(([one, atMs]) => ({ emoji: one, atMs: Number(atMs) }));
  return { user, emoji: emoji.sort((a, b) => (a.emoji < b.emoji ? -1 : 1)) };
}
