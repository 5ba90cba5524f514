/**
 * Subscriptions in DynamoDB: one item each, in a partition per shard of a topic, so that a publish
 * is one query.
 */
import {
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import type { Subscription } from "../../domain/model.ts";
import type { NewSubscriptions, Subscribers, Subscriptions } from "../../ports.ts";
import type { Table } from "./client.ts";
import { subscriptionFrom, subscriptionKey, toItem, toKey } from "./items.ts";

/** For functions that subscribe. */
export function dynamoNewSubscriptions({ client, name }: Table): NewSubscriptions {
  return {
    async put({ topic, connectionId, user, gateway, connectedAtMs, expiresAtMs }) {
      const expiresAt = Math.ceil(expiresAtMs / 1_000);
      const attributes = { user, gateway, connectedAtMs, expiresAt };
      const { Attributes } = await client.send(
        new PutItemCommand({
          TableName: name,
          Item: toItem(subscriptionKey(topic, connectionId), attributes),
          ReturnValues: "ALL_OLD",
        }),
      );
      return Attributes === undefined;
    },
  };
}

/** For functions that publish. */
export function dynamoSubscribers(table: Table): Subscribers {
  const { client, name } = table;
  return {
    async remove(topic, connectionId) {
      const { Attributes } = await client.send(
        new DeleteItemCommand({
          TableName: name,
          Key: toKey(subscriptionKey(topic, connectionId)),
          ReturnValues: "ALL_OLD",
        }),
      );
      return Attributes !== undefined;
    },
    async *list(topic, pageSize) {
      let next: Promise<QueryCommandOutput> | undefined = queryPage(table, topic, pageSize);
      while (next) {
        const { Items, LastEvaluatedKey }: QueryCommandOutput = await next;
        // Asked for before this page is worked on, so that posting and reading overlap.
        next = LastEvaluatedKey && queryPage(table, topic, pageSize, LastEvaluatedKey);
        next?.catch(() => {}); // awaited above, or dropped by a reader that has seen enough
        yield (Items ?? []).map((item): Subscription => subscriptionFrom(topic, item));
      }
    },
  };
}

export function dynamoSubscriptions(table: Table): Subscriptions {
  return { ...dynamoNewSubscriptions(table), ...dynamoSubscribers(table) };
}

async function queryPage(
  { client, name }: Table,
  topic: string,
  pageSize: number | undefined,
  start?: QueryCommandOutput["LastEvaluatedKey"],
): Promise<QueryCommandOutput> {
  return client.send(
    new QueryCommand({
      TableName: name,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: subscriptionKey(topic, "").pk } },
      ConsistentRead: true,
      Limit: pageSize,
      ExclusiveStartKey: start,
    }),
  );
}
