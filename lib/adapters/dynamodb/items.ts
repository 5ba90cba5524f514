/**
 * Stored items: their keys, and their schemas, which every item that is read is parsed with. A
 * stored item that does not fit is a defect or somebody else's hand in the table, and better found
 * here than in a client.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod/mini";
import type { StoredEvent, Subscription, SubscriptionKey } from "../../model.ts";
import { gateway } from "../../protocol/gateways.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";
import { firstShard } from "../../pubsub/topics.ts";

export type Item = Record<string, AttributeValue>;
export interface Key {
  pk: string;
  sk: string;
}

export const memberPrefix = "USER#";
export const memberKey = (user: string, room: string): Key => ({
  pk: memberPrefix + user,
  sk: `ROOM#${room}`,
});
/** The index of memberships by room. */
export const memberIndex = "members";
/** Wide enough for every safe integer, so that positions sort as text. */
export const eventKey = (room: string, seq: number): Key => ({
  pk: `LOG#${room}`,
  sk: String(seq).padStart(16, "0"),
});
export const connectionKey = (connectionId: string): Key => ({
  pk: `CONN#${connectionId}`,
  sk: "CONN",
});
/** What a user spent in the window that ends then. */
export const spendingKey = (user: string, windowEndsAtMs: number): Key => ({
  pk: `SPENT#${user}`,
  sk: String(windowEndsAtMs),
});
/** A gateway, as it is configured. */
export const gatewayKey = (name: string): Key => ({ pk: "GATEWAYS", sk: name });
/** The index of connections by gateway: its name, and its partitions' key. */
export const gatewayIndex = "gateways";
export const gatewayPart = (gateway: string, part: number): string => `${gateway}#${part}`;
/**
 * How a room's next events are delivered: behind all of its events, whose keys are digits. Its
 * attribute is not called `delivery`, because the stream is filtered by that.
 */
export const deliveryKey = (room: string): Key => ({ pk: `LOG#${room}`, sk: "DELIVERY" });
export const subscriptionKey = ({ topic, shard, connectionId }: SubscriptionKey): Key => ({
  pk: `TOPIC#${topic}#${shard}`,
  sk: connectionId,
});
/** How many shards a topic has: in the first one, ahead of all connection ids. */
export const shardsKey = (topic: string): Key => ({
  pk: `TOPIC#${topic}#${firstShard}`,
  sk: "!SHARDS",
});

export const eventItem = z.object({
  sk: z.string(),
  n: z.int(),
  tag: z.string(),
  prev: z.optional(z.string()),
  kind: z.literal("message"),
  from: z.string(),
  name: z.optional(z.string()),
  cid: z.string(),
  text: z.string(),
  sentAtMs: z.int(),
  delivery: z.optional(z.literal("stream")),
});
export const deliveryItem = z.object({ nextDelivery: z.enum(["direct", "stream"]) });
export const shardsItem = z.object({ shards: z.int() });
export const memberItem = z.object({
  pk: z.string(),
  sk: z.string(),
  joinedAtMs: z.int(),
  readSeq: z.int(),
  readN: z.int(),
  hasWritten: z.optional(z.boolean()),
});
export const connectionItem = z.object({
  pk: z.string(),
  user: z.string(),
  gateway: z.string(),
  connectedAtMs: z.int(),
  expiresAt: z.int(),
  /** The shard of each, and whether it is confirmed: `{ heard: 0 }`, and not only 0. */
  topics: z.record(z.string(), z.union([z.int(), z.strictObject({ heard: z.int() })])),
  revision: z.int(),
  epoch: z.int(),
  ending: z.optional(z.boolean()),
});
const { name: _, ...gatewayAttributes } = gateway.shape;
export const gatewayItem = z.object({ sk: z.string(), ...gatewayAttributes });
export const subscriptionItem = z.object({
  sk: z.string(),
  /** There until the subscription is confirmed. */
  reserved: z.optional(z.boolean()),
  /** The connection's epoch when it was last confirmed. */
  epoch: z.optional(z.int()),
  user: z.string(),
  gateway: z.string(),
  connectedAtMs: z.int(),
  expiresAt: z.int(),
});

export function toItem(key: Key, attributes: Record<string, unknown>): Item {
  return marshall({ ...key, ...attributes }, { removeUndefinedValues: true });
}

export function fromItem<S extends z.ZodMiniType>(schema: S, item: Item): z.output<S> {
  return schema.parse(unmarshall(item));
}

export function toKey(key: Key): Item {
  return { pk: { S: key.pk }, sk: { S: key.sk } };
}

export function eventFrom(item: Item): LogEvent {
  const { delivery: _, ...event } = storedEventFrom(item);
  return event;
}

export function storedEventFrom(item: Item): StoredEvent {
  const { sk, delivery, ...event } = fromItem(eventItem, item);
  return { seq: Number(sk), ...event, ...(delivery && { delivery }) };
}

export function subscriptionFrom(topic: string, shard: number, item: Item): Subscription {
  const { sk, expiresAt, ...rest } = fromItem(subscriptionItem, item);
  const { reserved: _, epoch: __, ...subscription } = rest;
  return { topic, shard, connectionId: sk, ...subscription, expiresAtMs: expiresAt * 1_000 };
}
