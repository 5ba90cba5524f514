/**
 * Threads in DynamoDB: an item for each reply, by its position, in a partition of the thread's own,
 * and behind these one for each user who follows it. Nothing is deleted: a reply is marked.
 */
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import type { NewReplies, Replies } from "../../messagePorts.ts";
import { ifConditionMet, type Table } from "./client.ts";
import { followerKey, fromItem, replyItem, replyKey, toItem, toKey } from "./items.ts";
import { firstItems, getItem } from "./read.ts";

/** For functions that send. */
export function dynamoNewReplies({ client, name: TableName }: Table): NewReplies {
  return {
    async put(room, root, { seq, user }) {
      await ifConditionMet(
        client.send(
          new PutItemCommand({
            TableName,
            Item: toItem(replyKey(room, root, seq), { user }),
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        ),
      );
    },
  };
}

export function dynamoReplies(table: Table): Replies {
  const { client, name: TableName } = table;
  return {
    ...dynamoNewReplies(table),
    async markDeleted(room, root, { seq, user }) {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: toKey(replyKey(room, root, seq)),
          UpdateExpression: "SET deleted = :true, #user = :user",
          ExpressionAttributeNames: { "#user": "user" },
          ExpressionAttributeValues: { ":true": { BOOL: true }, ":user": { S: user } },
        }),
      );
    },
    async list(room, root, { after = 0, before = Number.MAX_SAFE_INTEGER, limit, order }) {
      if (after + 1 > before - 1) return []; // which DynamoDB would refuse
      const first = replyKey(room, root, after + 1);
      const query = {
        KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
        ExpressionAttributeValues: {
          ":pk": { S: first.pk },
          ":first": { S: first.sk },
          ":last": { S: replyKey(room, root, before - 1).sk },
        },
        ConsistentRead: true,
        ScanIndexForward: order === "oldest first",
      };
      return (await firstItems(table, query, limit)).map((item) => {
        const { sk, user, deleted = false } = fromItem(replyItem, item);
        return { seq: Number(sk), user, isDeleted: deleted };
      });
    },
    async follow(room, root, users) {
      const puts = users.map((user) =>
        client.send(
          new PutItemCommand({ TableName, Item: toItem(followerKey(room, root, user), {}) }),
        ),
      );
      await Promise.all(puts);
    },
    async isFollowing(room, root, user) {
      return (await getItem(table, followerKey(room, root, user))) !== undefined;
    },
  };
}
