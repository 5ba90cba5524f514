/**
 * Notes of mentions in DynamoDB, in the table of what does not last, because they can be removed
 * there and end by themselves. The message that they are of is in its room's log.
 */

import type { Mention } from "../../model.ts";
import type { Mentions, NewMentions } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { deleteAll, putAll } from "./batch.ts";
import type { Table } from "./client.ts";
import { fromItem, mentionItem, mentionKey, toItem } from "./items.ts";
import { firstItems } from "./read.ts";

/** For functions that send. */
export function dynamoNewMentions(table: Table): NewMentions {
  return {
    async put(users, mention) {
      const { room, seq, from, atMs } = mention;
      const expiresAt = Math.ceil(atMs / 1_000) + limits.mentionSeconds;
      const attributes = { room, seq, from, expiresAt };
      const items = users.map((user) => toItem(mentionKey(user, mention), attributes));
      await putAll(table, items);
    },
  };
}

export function dynamoMentions(table: Table): Mentions {
  return {
    ...dynamoNewMentions(table),
    async list(user, before, limit) {
      const { pk, sk } = mentionKey(user, before ?? { atMs: Number.MAX_SAFE_INTEGER });
      const query = {
        KeyConditionExpression: "pk = :pk AND sk < :before",
        ExpressionAttributeValues: { ":pk": { S: pk }, ":before": { S: sk } },
        ConsistentRead: true,
        ScanIndexForward: false,
      };
      return (await firstItems(table, query, limit)).map((item): Mention => {
        const { sk: place, expiresAt: _, ...mention } = fromItem(mentionItem, item);
        const [atMs, tag = ""] = place.split("#");
        return { ...mention, atMs: Number(atMs), tag };
      });
    },
    async remove(users, mentions) {
      const keys = users.flatMap((user) => mentions.map((mention) => mentionKey(user, mention)));
      await deleteAll(table, keys);
    },
  };
}
