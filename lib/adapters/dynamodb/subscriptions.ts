/**
 * Subscriptions in DynamoDB: one item each, in a partition per shard of a topic, so that a publish
 * is one query.
 */
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Subscription } from "../../domain/model.ts";
import type { NewSubscriptions, Subscribers, Subscriptions } from "../../ports.ts";
import { isConditionFailed, type Table } from "./client.ts";
import { type Item, subscriptionFrom, subscriptionKey, toItem, toKey } from "./items.ts";

/** For the function that only ever meets new connections. */
export function dynamoNewSubscriptions({ client, name }: Table): NewSubscriptions {
  return {
    async put(subscription) {
      const Item = subscriptionItemOf(subscription);
      await client.send(new PutItemCommand({ TableName: name, Item }));
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
        const heard = (Items ?? []).filter(({ reserved }) => reserved === undefined);
        yield heard.map((item): Subscription => subscriptionFrom(topic, item));
      }
    },
  };
}

export function dynamoSubscriptions(table: Table): Subscriptions {
  const { client, name } = table;
  return {
    ...dynamoNewSubscriptions(table),
    ...dynamoSubscribers(table),
    async isHeard(topic, connectionId) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: name,
          Key: toKey(subscriptionKey(topic, connectionId)),
          ConsistentRead: true,
        }),
      );
      return Item !== undefined && Item["reserved"] === undefined;
    },
    async reserve(subscription) {
      try {
        await client.send(
          new PutItemCommand({
            TableName: name,
            Item: subscriptionItemOf(subscription, { reserved: true }),
            ConditionExpression: "attribute_not_exists(pk) OR attribute_exists(reserved)",
          }),
        );
        return "reserved";
      } catch (error) {
        if (isConditionFailed(error)) return "heard";
        throw error;
      }
    },
    async confirm(topic, connectionId) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(subscriptionKey(topic, connectionId)),
            UpdateExpression: "REMOVE reserved",
            ConditionExpression: "attribute_exists(pk)",
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailed(error)) return false;
        throw error;
      }
    },
  };
}

function subscriptionItemOf(
  { topic, connectionId, user, gateway, connectedAtMs, expiresAtMs }: Subscription,
  more: { reserved?: true } = {},
): Item {
  const expiresAt = Math.ceil(expiresAtMs / 1_000);
  const attributes = { user, gateway, connectedAtMs, expiresAt, ...more };
  return toItem(subscriptionKey(topic, connectionId), attributes);
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
