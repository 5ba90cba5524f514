/**
 * Connections in DynamoDB: one item each, which names the topics and the shard of each that it is
 * subscribed in.
 */
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Connection } from "../../domain/model.ts";
import { firstShard } from "../../domain/topics.ts";
import type {
  Connections,
  KnownConnection,
  KnownConnections,
  NewConnections,
} from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { deleteAll, getAll } from "./batch.ts";
import { isConditionFailed, type Table } from "./client.ts";
import { connectionItem, connectionKey, fromItem, type Item, toItem, toKey } from "./items.ts";

const shardsOf = (topics: readonly string[]) =>
  Object.fromEntries(topics.map((topic) => [topic, firstShard]));

/** For the function that only ever meets new connections. */
export function dynamoNewConnections({ client, name }: Table): NewConnections {
  return {
    async add(connection, topics) {
      const item = { ...connectionAttributes(connection), topics: shardsOf(topics), revision: 0 };
      const Item = toItem(connectionKey(connection.connectionId), item);
      await client.send(new PutItemCommand({ TableName: name, Item }));
    },
  };
}

/** For functions that forget connections. */
export function dynamoKnownConnections(table: Table): KnownConnections {
  const { client, name } = table;
  return {
    async find(connectionId) {
      const { Item } = await client.send(
        new GetItemCommand({
          TableName: name,
          Key: toKey(connectionKey(connectionId)),
          ConsistentRead: true,
        }),
      );
      return Item && knownFrom(Item);
    },
    async findAll(connectionIds) {
      return (await getAll(table, connectionIds.map(connectionKey))).map(knownFrom);
    },
    async removeAll(connectionIds) {
      await deleteAll(table, connectionIds.map(connectionKey));
    },
    async remove(connectionId, revision) {
      try {
        await client.send(
          new DeleteItemCommand({
            TableName: name,
            Key: toKey(connectionKey(connectionId)),
            ConditionExpression: "attribute_not_exists(pk) OR revision = :revision",
            ExpressionAttributeValues: marshall({ ":revision": revision }),
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

export function dynamoConnections(table: Table): Connections {
  const { client, name } = table;
  const known = dynamoKnownConnections(table);
  return {
    ...dynamoNewConnections(table),
    ...known,
    async addTopic(connectionId, topic, shard) {
      try {
        const { Attributes } = await client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(connectionKey(connectionId)),
            // A topic keeps the shard that it first got.
            UpdateExpression:
              "SET topics.#topic = if_not_exists(topics.#topic, :shard) ADD revision :one",
            ConditionExpression: "attribute_exists(topics.#topic) OR size(topics) < :max",
            ExpressionAttributeNames: { "#topic": topic },
            ExpressionAttributeValues: marshall({
              ":shard": shard,
              ":one": 1,
              ":max": limits.topicsPerConnection,
            }),
            ReturnValues: "UPDATED_NEW",
          }),
        );
        return { shard: Number(Attributes?.["topics"]?.M?.[topic]?.N) };
      } catch (error) {
        if (!isConditionFailed(error)) throw error;
        return (await known.find(connectionId)) ? "full" : "unknown";
      }
    },
    async removeTopic(connectionId, topic, revision) {
      try {
        await client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(connectionKey(connectionId)),
            UpdateExpression: "REMOVE topics.#topic ADD revision :one",
            ConditionExpression: "revision = :revision",
            ExpressionAttributeNames: { "#topic": topic },
            ExpressionAttributeValues: marshall({ ":one": 1, ":revision": revision }),
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

function knownFrom(item: Item): KnownConnection {
  const { pk, topics, revision, expiresAt, ...rest } = fromItem(connectionItem, item);
  const connectionId = pk.slice(connectionKey("").pk.length);
  const connection = { connectionId, ...rest, expiresAtMs: expiresAt * 1_000 };
  return { connection, topics: new Map(Object.entries(topics)), revision };
}

function connectionAttributes({ user, gateway, connectedAtMs, expiresAtMs }: Connection) {
  // TTL counts seconds. Rounded up: an item must not go before its time.
  return { user, gateway, connectedAtMs, expiresAt: Math.ceil(expiresAtMs / 1_000) };
}
