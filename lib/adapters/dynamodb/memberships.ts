/**
 * Memberships in DynamoDB, in the user's own partition: "is she a member" and "what are her rooms"
 * are both strong reads.
 */
import {
  DeleteItemCommand,
  PutItemCommand,
  type QueryCommandInput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Membership } from "../../model.ts";
import type { Memberships, OpenMemberships } from "../../ports.ts";
import { getAll } from "./batch.ts";
import { ifConditionMet, type Table } from "./client.ts";
import {
  fromItem,
  type Item,
  memberIndex,
  memberItem,
  memberKey,
  memberPrefix,
  toItem,
  toKey,
} from "./items.ts";
import { getItem, pagesOf } from "./read.ts";

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
      const { pk, sk } = memberKey(user, after ?? "");
      const query = {
        KeyConditionExpression: "pk = :pk AND sk > :after",
        ExpressionAttributeValues: { ":pk": { S: pk }, ":after": { S: sk } },
        ConsistentRead: true,
      };
      return (await firstItems(table, query, limit)).map(membershipFrom);
    },
    async listMembers(room, max) {
      const query = {
        IndexName: memberIndex,
        KeyConditionExpression: "memberOf = :room",
        ExpressionAttributeValues: { ":room": { S: room } },
      };
      const entries = await firstItems(table, query, max + 1);
      if (entries.length > max) return undefined;
      const keys = entries.map(({ pk, sk }) => ({ pk: pk?.S ?? "", sk: sk?.S ?? "" }));
      const items = await getAll(table, keys);
      return items.map((item) => {
        const { pk, readSeq, readN } = fromItem(memberItem, item);
        return { user: pk.slice(memberPrefix.length), readSeq, readN };
      });
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

/** The first items that a query finds, at most `limit`. */
async function firstItems(
  table: Table,
  query: Omit<QueryCommandInput, "TableName">,
  limit: number,
): Promise<Item[]> {
  const items: Item[] = [];
  for await (const { Items = [] } of pagesOf(table, { ...query, Limit: limit })) {
    items.push(...Items);
    if (items.length >= limit) break;
  }
  return items.slice(0, limit);
}

function membershipFrom(item: Item): Membership {
  const { pk: _, sk, hasWritten, ...membership } = fromItem(memberItem, item);
  return { room: sk.slice("ROOM#".length), ...membership, ...(hasWritten && { hasWritten }) };
}
