/**
 * Memberships in DynamoDB, in the user's own partition: "is she a member" and "what are her rooms"
 * are both strong reads.
 */
import {
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Membership } from "../../model.ts";
import type { Memberships, OpenMemberships } from "../../ports.ts";
import { ifConditionMet, type Table } from "./client.ts";
import { fromItem, type Item, memberItem, memberKey, toItem, toKey } from "./items.ts";
import { getItem } from "./read.ts";

/** For functions that send but do not join, leave or list. */
export function dynamoOpenMemberships(table: Table): OpenMemberships {
  const { client, name } = table;
  return {
    async find(user, room) {
      const item = await getItem(table, memberKey(user, room));
      return item && membershipFrom(item);
    },
    async add(user, { room, ...attributes }) {
      await ifConditionMet(
        client.send(
          new PutItemCommand({
            TableName: name,
            Item: toItem(memberKey(user, room), { ...attributes, memberOf: room }),
            ConditionExpression: "attribute_not_exists(pk)",
          }),
        ),
      );
    },
    async addWriter(user, { room, joinedAtMs, readSeq, readN }) {
      const kept = ["joinedAtMs", "readSeq", "readN"].map(
        (at) => `${at} = if_not_exists(${at}, :${at})`,
      );
      await client.send(
        new UpdateItemCommand({
          TableName: name,
          Key: toKey(memberKey(user, room)),
          UpdateExpression: `SET hasWritten = :true, memberOf = :room, ${kept.join(", ")}`,
          ExpressionAttributeValues: {
            ":true": { BOOL: true },
            ":room": { S: room },
            ":joinedAtMs": { N: String(joinedAtMs) },
            ":readSeq": { N: String(readSeq) },
            ":readN": { N: String(readN) },
          },
        }),
      );
    },
  };
}

export function dynamoMemberships(table: Table): Memberships {
  const { client, name } = table;
  return {
    ...dynamoOpenMemberships(table),
    async list(user, after, limit) {
      const memberships: Membership[] = [];
      let start: QueryCommandOutput["LastEvaluatedKey"];
      do {
        const page = await queryPage(table, user, after, limit - memberships.length, start);
        memberships.push(...(page.Items ?? []).map(membershipFrom));
        start = page.LastEvaluatedKey;
      } while (start && memberships.length < limit);
      return memberships;
    },
    async remove(user, room) {
      const Key = toKey(memberKey(user, room));
      await client.send(new DeleteItemCommand({ TableName: name, Key }));
    },
    async moveRead(user, room, { seq, n }) {
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(memberKey(user, room)),
            UpdateExpression: "SET readSeq = :seq, readN = :n",
            ConditionExpression: "readSeq < :seq", // false as well when there is no such item
            ExpressionAttributeValues: { ":seq": { N: String(seq) }, ":n": { N: String(n) } },
          }),
        ),
      );
      return met !== undefined;
    },
  };
}

async function queryPage(
  { client, name }: Table,
  user: string,
  after: string | undefined,
  limit: number,
  start: QueryCommandOutput["LastEvaluatedKey"],
): Promise<QueryCommandOutput> {
  const { pk, sk } = memberKey(user, after ?? "");
  return client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: "pk = :pk AND sk > :after",
      ExpressionAttributeValues: { ":pk": { S: pk }, ":after": { S: sk } },
      ConsistentRead: true,
      Limit: limit,
      ExclusiveStartKey: start,
    }),
  );
}

function membershipFrom(item: Item): Membership {
  const { sk, hasWritten, ...membership } = fromItem(memberItem, item);
  return { room: sk.slice("ROOM#".length), ...membership, ...(hasWritten && { hasWritten }) };
}
