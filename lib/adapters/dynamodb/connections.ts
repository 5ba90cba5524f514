/**
 * Connections in DynamoDB: one item each, which names the topics and the shard of each that it is
 * subscribed in.
 */
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Connection, KnownConnection, Noted } from "../../model.ts";
import type {
  Connections,
  EndableConnections,
  ForgettableConnections,
  NewConnections,
} from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { firstShard, shardOf } from "../../pubsub/topics.ts";
import { deleteAll, getAll } from "./batch.ts";
import { ifConditionMet, type Table } from "./client.ts";
import {
  connectionItem,
  connectionKey,
  fromItem,
  gatewayPart,
  type Item,
  toItem,
  toKey,
} from "./items.ts";
import { getItem } from "./read.ts";

const shardsOf = (topics: readonly string[]) =>
  Object.fromEntries(topics.map((topic) => [topic, firstShard]));

/** For the function that only ever meets new connections. */
export function dynamoNewConnections({ client, name }: Table): NewConnections {
  return {
    async add(connection, topics) {
      const fresh = { topics: shardsOf(topics), revision: 0, epoch: 0 };
      const item = { ...connectionAttributes(connection), ...fresh };
      const Item = toItem(connectionKey(connection.connectionId), item);
      await client.send(new PutItemCommand({ TableName: name, Item }));
    },
  };
}

/** For functions that publish. */
export function dynamoForgettableConnections(table: Table): ForgettableConnections {
  return {
    async findAll(connectionIds) {
      return (await getAll(table, connectionIds.map(connectionKey))).map(knownFrom);
    },
    async removeAll(connectionIds) {
      await deleteAll(table, connectionIds.map(connectionKey));
    },
  };
}

/** For functions that forget a connection. */
export function dynamoEndableConnections(table: Table): EndableConnections {
  return {
    ...dynamoForgettableConnections(table),
    async end(connectionId) {
      const ended = await ifConditionMet(
        table.client.send(
          new UpdateItemCommand({
            TableName: table.name,
            Key: toKey(connectionKey(connectionId)),
            UpdateExpression: "SET ending = :true",
            ConditionExpression: "attribute_exists(pk)",
            ExpressionAttributeValues: { ":true": { BOOL: true } },
            ReturnValues: "ALL_NEW",
          }),
        ),
      );
      return ended?.Attributes && knownFrom(ended.Attributes);
    },
  };
}

export function dynamoConnections(table: Table): Connections {
  const { client, name } = table;
  return {
    ...dynamoNewConnections(table),
    ...dynamoEndableConnections(table),
    async find(connectionId) {
      const item = await getItem(table, connectionKey(connectionId));
      return item && knownFrom(item);
    },
    addTopics(connectionId, topics, sizeMax) {
      const condition = {
        expression: "size(topics) <= :sizeMax",
        values: { ":sizeMax": sizeMax },
      };
      return noteTopics(table, connectionId, topics, [], condition);
    },
    replaceTopics(connectionId, topics, replaced, revision) {
      const condition = {
        expression: "revision = :revision",
        values: { ":revision": revision },
      };
      return noteTopics(table, connectionId, topics, replaced, condition);
    },
    confirmTopics: (...said) => confirmTopics(table, ...said),
    async withdrawTopic(connectionId, topic, shard, revision) {
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(connectionKey(connectionId)),
            UpdateExpression: "SET topics.#topic = :shard ADD epoch :one",
            ConditionExpression: "revision = :revision",
            ExpressionAttributeNames: { "#topic": topic },
            ExpressionAttributeValues: marshall({
              ":shard": shard,
              ":one": 1,
              ":revision": revision,
            }),
            ReturnValues: "ALL_NEW",
          }),
        ),
      );
      return met?.Attributes && knownFrom(met.Attributes).epoch;
    },
    async removeTopic(connectionId, topic, revision) {
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(connectionKey(connectionId)),
            UpdateExpression: "REMOVE topics.#topic ADD revision :one",
            ConditionExpression: "revision = :revision",
            ExpressionAttributeNames: { "#topic": topic },
            ExpressionAttributeValues: marshall({ ":one": 1, ":revision": revision }),
          }),
        ),
      );
      return met !== undefined;
    },
  };
}

/** A topic that is there keeps the shard that it has. */
async function noteTopics(
  { client, name }: Table,
  connectionId: string,
  topics: ReadonlyMap<string, number>,
  replaced: readonly string[],
  condition: { expression: string; values: Record<string, number> },
): Promise<Noted | undefined> {
  const added = [...topics.keys()].map(
    (_, n) => `topics.#t${n} = if_not_exists(topics.#t${n}, :t${n})`,
  );
  const removed = replaced.map((_, n) => `topics.#r${n}`);
  const names = [
    ...[...topics.keys()].map((topic, n) => [`#t${n}`, topic]),
    ...replaced.map((topic, n) => [`#r${n}`, topic]),
  ];
  const shards = [...topics.values()].map((shard, n) => [`:t${n}`, shard]);
  const clauses = [
    added.length > 0 && `SET ${added.join(", ")}`,
    removed.length > 0 && `REMOVE ${removed.join(", ")}`,
    "ADD revision :one",
  ];
  const met = await ifConditionMet(
    client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: toKey(connectionKey(connectionId)),
        UpdateExpression: clauses.filter((clause) => clause !== false).join(" "),
        ConditionExpression: `attribute_not_exists(ending) AND ${condition.expression}`,
        ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
        ExpressionAttributeValues: marshall({
          ":one": 1,
          ...Object.fromEntries(shards),
          ...condition.values,
        }),
        ReturnValues: "ALL_NEW",
      }),
    ),
  );
  if (met?.Attributes === undefined) return undefined;
  const { topics: named, epoch } = knownFrom(met.Attributes);
  return { shards: named, epoch };
}

async function confirmTopics(
  { client, name }: Table,
  connectionId: string,
  topics: ReadonlyMap<string, number>,
  epoch: number,
): Promise<boolean> {
  const sets = [...topics.keys()].map((_, n) => `topics.#t${n} = :t${n}`);
  const names = [...topics.keys()].map((topic, n) => [`#t${n}`, topic]);
  const values = [...topics.values()].map((heard, n) => [`:t${n}`, { heard }]);
  const met = await ifConditionMet(
    client.send(
      new UpdateItemCommand({
        TableName: name,
        Key: toKey(connectionKey(connectionId)),
        UpdateExpression: `SET ${sets.join(", ")}`,
        ConditionExpression: "epoch = :epoch AND attribute_not_exists(ending)",
        ExpressionAttributeNames: Object.fromEntries(names),
        ExpressionAttributeValues: marshall({ ":epoch": epoch, ...Object.fromEntries(values) }),
      }),
    ),
  );
  return met !== undefined;
}

function knownFrom(item: Item): KnownConnection {
  const { pk, topics, revision, epoch, ending, ...rest } = fromItem(connectionItem, item);
  const { expiresAt, ...attributes } = rest;
  const connectionId = pk.slice(connectionKey("").pk.length);
  const named = Object.entries(topics);
  return {
    connection: { connectionId, ...attributes, expiresAtMs: expiresAt * 1_000 },
    topics: new Map(named.map(([topic, of]) => [topic, typeof of === "number" ? of : of.heard])),
    confirmed: new Set(named.flatMap(([topic, of]) => (typeof of === "number" ? [] : [topic]))),
    revision,
    epoch,
    isEnding: ending === true,
  };
}

function connectionAttributes(connection: Connection) {
  const { connectionId, user, gateway, connectedAtMs, expiresAtMs } = connection;
  return {
    user,
    gateway,
    // Only for the index. Neither of its keys ever changes, so what does costs it nothing.
    gatewayPart: gatewayPart(gateway, shardOf(connectionId, limits.gatewayParts)),
    connectedAtMs,
    // TTL counts seconds. Rounded up: an item must not go before its time.
    expiresAt: Math.ceil(expiresAtMs / 1_000),
  };
}
