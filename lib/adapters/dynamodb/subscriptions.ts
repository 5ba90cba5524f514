/**
 * Subscriptions in DynamoDB: one item each, in a partition per shard of a topic, so that to publish
 * is to query. The first partition also holds how many shards there are, ahead of everything else:
 * the strongly consistent query that finds the subscribers finds that too. A topic without it has
 * one.
 */
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Subscription } from "../../model.ts";
import { limits } from "../../protocol/limits.ts";
import { firstShard } from "../../pubsub/topics.ts";
import type {
  ForgettableSubscriptions,
  NewSubscriptions,
  Sharding,
  Subscriptions,
} from "../../subscriptionPorts.ts";
import { deleteAll, getAll } from "./batch.ts";
import { ifConditionMet, type Table } from "./client.ts";
import {
  fromItem,
  type Item,
  shardsItem,
  shardsKey,
  subscriptionFrom,
  subscriptionKey,
  toItem,
  toKey,
} from "./items.ts";
import { getItem, pagesOf, readAhead } from "./read.ts";

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
export function dynamoForgettableSubscriptions(table: Table): ForgettableSubscriptions {
  return {
    async listSome(topic, max) {
      const first = await readShard(table, topic, firstShard, max);
      const { shards } = first;
      if (shards > limits.shardsReadAtOnce) return { found: first.found, isAll: false };
      const others = Array.from({ length: shards - 1 }, (_, index) =>
        readShard(table, topic, index + 1, max),
      );
      const parts = [first, ...(await Promise.all(others))];
      const found = parts.flatMap((part) => part.found);
      const isAll = parts.every((part) => part.isAll) && found.length <= max;
      return { found: found.slice(0, max), isAll };
    },
    async *listShard(topic, shard, after) {
      for await (const page of readAhead(shardPages(table, topic, shard, { after }))) {
        yield page.filter(isHeard).map((item) => subscriptionFrom(topic, shard, item));
      }
    },
    async heardOf(keys) {
      const heard = (await getAll(table, keys.map(subscriptionKey))).filter(isHeard);
      const found = new Set(heard.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`));
      return keys.filter((key) => {
        const { pk, sk } = subscriptionKey(key);
        return found.has(`${pk} ${sk}`);
      });
    },
    async removeAll(keys) {
      await deleteAll(table, keys.map(subscriptionKey));
    },
  };
}

/** For functions that see shards fill. */
export function dynamoSharding(table: Table): Sharding {
  const { client, name } = table;
  return {
    async shardsOf(topic) {
      const item = await getItem(table, shardsKey(topic));
      return item ? fromItem(shardsItem, item).shards : 1;
    },
    async split(topic, shards) {
      await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(shardsKey(topic)),
            UpdateExpression: "SET shards = :shards",
            ConditionExpression: "attribute_not_exists(pk) OR shards < :shards",
            ExpressionAttributeValues: marshall({ ":shards": shards }),
          }),
        ),
      );
    },
  };
}

export function dynamoSubscriptions(table: Table): Subscriptions {
  const { client, name } = table;
  return {
    ...dynamoNewSubscriptions(table),
    ...dynamoForgettableSubscriptions(table),
    ...dynamoSharding(table),
    async hear(subscription, epoch) {
      const isOlder = "attribute_not_exists(epoch) OR epoch <= :epoch";
      const before = await replace(table, subscription, { epoch }, isOlder);
      return before && (wasHeard(before) ? "heard" : "fresh");
    },
    async withhold(subscription, epoch) {
      const isOlder = "attribute_not_exists(epoch) OR epoch < :epoch";
      const before = await replace(table, subscription, { epoch, reserved: true }, isOlder);
      return before !== undefined && wasHeard(before);
    },
    async reserve(subscription) {
      const isUnheard = "attribute_not_exists(pk) OR attribute_exists(reserved)";
      const before = await replace(table, subscription, { reserved: true }, isUnheard);
      return before === undefined ? "heard" : "reserved";
    },
    async confirm(key, epoch) {
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(subscriptionKey(key)),
            UpdateExpression: "SET epoch = :epoch REMOVE reserved",
            ConditionExpression:
              "attribute_exists(pk) AND (attribute_not_exists(epoch) OR epoch <= :epoch)",
            ExpressionAttributeValues: marshall({ ":epoch": epoch }),
          }),
        ),
      );
      return met !== undefined;
    },
  };
}

/** What was there before, empty when nothing was; undefined when the condition is not met. */
async function replace(
  { client, name }: Table,
  subscription: Subscription,
  { epoch, reserved }: { epoch?: number; reserved?: true },
  condition: string,
): Promise<Item | undefined> {
  const met = await ifConditionMet(
    client.send(
      new PutItemCommand({
        TableName: name,
        Item: subscriptionItemOf(subscription, { epoch, reserved }),
        ConditionExpression: condition,
        ...(epoch !== undefined && { ExpressionAttributeValues: marshall({ ":epoch": epoch }) }),
        ReturnValues: "ALL_OLD",
      }),
    ),
  );
  return met && (met.Attributes ?? {});
}

function subscriptionItemOf(
  { user, gateway, connectedAtMs, expiresAtMs, ...key }: Subscription,
  more: { epoch?: number | undefined; reserved?: true | undefined } = {},
): Item {
  const expiresAt = Math.ceil(expiresAtMs / 1_000);
  const attributes = { user, gateway, connectedAtMs, expiresAt, ...more };
  return toItem(subscriptionKey(key), attributes);
}

const wasHeard = (before: Item): boolean => before["pk"] !== undefined && isHeard(before);
const isHeard = ({ reserved }: Item): boolean => reserved === undefined;
const isSubscription = ({ shards }: Item): boolean => shards === undefined;

/** The first subscriptions of a shard, and, of the first shard, how many there are. */
async function readShard(
  table: Table,
  topic: string,
  shard: number,
  max: number,
): Promise<{ found: Subscription[]; isAll: boolean; shards: number }> {
  const found: Subscription[] = [];
  let shards = 1;
  // One more than is wanted shows whether there are more; and one may be the number of shards.
  for await (const page of shardPages(table, topic, shard, { pageSize: max + 2, onShards })) {
    found.push(...page.filter(isHeard).map((item) => subscriptionFrom(topic, shard, item)));
    if (found.length > max) break;
  }
  return { found: found.slice(0, max), isAll: found.length <= max, shards };

  function onShards(item: Item): void {
    shards = fromItem(shardsItem, item).shards;
  }
}

interface Reading {
  after?: string | undefined;
  pageSize?: number;
  onShards?(item: Item): void;
}

/** Pages of a shard's subscriptions, reserved ones included. */
async function* shardPages(
  table: Table,
  topic: string,
  shard: number,
  { after, pageSize, onShards }: Reading,
): AsyncGenerator<Item[]> {
  const { pk } = subscriptionKey({ topic, shard, connectionId: "" });
  const pages = pagesOf(table, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: pk } },
    ConsistentRead: true,
    Limit: pageSize,
    ExclusiveStartKey: after === undefined ? undefined : toKey({ pk, sk: after }),
  });
  for await (const { Items = [] } of pages) {
    const shards = Items.find((item) => !isSubscription(item));
    if (shards) onShards?.(shards);
    yield Items.filter(isSubscription);
  }
}
