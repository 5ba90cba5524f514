/**
 * Stored items: their keys, and their schemas, which every item that is read is parsed with. A
 * stored item that does not fit is a defect or somebody else's hand in the table, and better found
 * here than in a client. But a later release, or one that was taken back, may have written more: a
 * field that is not known here is left out, and of an entry of another kind its place is kept.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod/mini";
import {
  type ChangeableMessage,
  openRoom,
  type RoomItem,
  type StoredEvent,
  type Subscription,
  type SubscriptionKey,
} from "../../model.ts";
import {
  changedEvent,
  deleted,
  entry,
  memberEvent,
  messageEvent,
  reaction,
  replies,
  roomChange,
  roomEvent,
} from "../../protocol/events.ts";
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
/**
 * The index of memberships: members and who is banned by room, invitations by user, and nobody
 * else; and the rooms in the directory.
 */
export const memberIndex = "members";
export const bannedFrom = (room: string): string => `!BANNED#${room}`;
export const invitationsOf = (user: string): string => `!INVITED#${user}`;
/** That a user blocks another. */
const blockPrefix = "BLOCK#";
export const blockKey = (user: string, blocked: string): Key => ({
  pk: memberPrefix + user,
  sk: blockPrefix + blocked,
});
export const blockedUser = (item: Item): string => item["sk"]?.S?.slice(blockPrefix.length) ?? "";
/** Blocks behind a name: none ends in a space, the first character; `$` comes after `#`. */
export const blocksAfter = (user: string, after: string | undefined) => ({
  pk: memberPrefix + user,
  from: after === undefined ? blockPrefix : `${blockPrefix}${after} `,
  to: "BLOCK$",
});
/** What the index of members lists rooms under that are in the directory. */
export const directoryName = "!LISTED";
export const roomPrefix = "LOG#";
/** What a user reacted to a message with. The last `#` is ahead of the position. */
export const reactorKey = (room: string, seq: number, user: string): Key => ({
  pk: `REACTIONS#${room}#${seq}`,
  sk: user,
});
/** A reply in the thread of a root: its position. */
export const replyKey = (room: string, root: number, seq: number): Key => ({
  pk: `THREAD#${room}#${root}`,
  sk: eventKey(room, seq).sk,
});
/** Who follows a thread: behind all of its replies, whose keys are digits. */
export const followerKey = (room: string, root: number, user: string): Key => ({
  pk: replyKey(room, root, 0).pk,
  sk: `@${user}`,
});
/** The message of a reaction's partition; undefined of another partition. */
export function reactedTo(pk: string): { room: string; seq: number } | undefined {
  const [, room, seq] = /^REACTIONS#(.*)#(\d+)$/.exec(pk) ?? [];
  return room === undefined ? undefined : { room, seq: Number(seq) };
}
/** A report: of newer messages first. */
export const reportedKey = (room: string, seq: number, by: string): Key => ({
  pk: `REPORTS#${room}`,
  sk: `${String(Number.MAX_SAFE_INTEGER - seq).padStart(16, "0")}#${by}`,
});
/** Where a room's reports are behind one. No name ends in a space, the first character. */
export const reportedAfter = (room: string, after: { seq: number; by: string } | undefined) => {
  const { pk, sk } = reportedKey(room, after?.seq ?? Number.MAX_SAFE_INTEGER, after?.by ?? "");
  return { pk, from: after === undefined ? sk : `${sk} ` };
};
/** Wide enough for every safe integer, so that positions sort as text. */
export const eventKey = (room: string, seq: number): Key => ({
  pk: `LOG#${room}`,
  sk: String(seq).padStart(16, "0"),
});
export const connectionKey = (connectionId: string): Key => ({
  pk: `CONN#${connectionId}`,
  sk: "CONN",
});
/** Where a user was mentioned, by time. */
export const mentionKey = (user: string, { atMs, tag }: { atMs: number; tag?: string }): Key => ({
  pk: `MENTIONS#${user}`,
  sk: String(atMs).padStart(16, "0") + (tag === undefined ? "" : `#${tag}`),
});
/** What a user spent, or how often they did something, in the window that ends then. */
export const spendingKey = (user: string, windowEndsAtMs: number, deed?: string): Key => ({
  pk: `SPENT#${user}`,
  sk: deed === undefined ? String(windowEndsAtMs) : `${windowEndsAtMs}#${deed}`,
});
/** A gateway, as it is configured. */
export const gatewayKey = (name: string): Key => ({ pk: "GATEWAYS", sk: name });
/** How far the sweep has come. */
export const walkKey: Key = { pk: "SWEEP", sk: "WALK" };
/** The index of connections by gateway: its name, and its partitions' key. */
export const gatewayIndex = "gateways";
export const gatewayPart = (gateway: string, part: number): string => `${gateway}#${part}`;
/** A room: behind all of its events, whose keys are digits. */
export const roomKey = (room: string): Key => ({ pk: roomPrefix + room, sk: "ROOM" });
export const subscriptionKey = ({ topic, shard, connectionId }: SubscriptionKey): Key => ({
  pk: `TOPIC#${topic}#${shard}`,
  sk: connectionId,
});
/** How many shards a topic has: in the first one, ahead of all connection ids. */
export const shardsKey = (topic: string): Key => ({
  pk: `TOPIC#${topic}#${firstShard}`,
  sk: "!SHARDS",
});

/** What is not in the key of an event's item. */
const storedWith = { sk: z.string(), delivery: z.optional(z.literal("stream")) };
/**
 * A message's `data` is kept as JSON: DynamoDB has no number beyond 38 digits, and nests 32 deep.
 */
const jsonData = { data: z.optional(z.string()) };
const lenient = <S extends z.core.$ZodShape>({ shape }: z.ZodMiniObject<S>) => z.object(shape);
const edits = z.array(z.object({ cid: z.string(), v: z.int() }));
const eventItem = z.discriminatedUnion("kind", [
  z.object({
    ...z.omit(messageEvent, { seq: true }).shape,
    thread: z.optional(z.union([z.int(), lenient(replies)])),
    reactions: z.optional(z.array(lenient(reaction))),
    deleted: z.optional(lenient(deleted)),
    ...jsonData,
    ...storedWith,
    edits: z.optional(edits),
    reactionsRev: z.optional(z.int()),
    /** The version whose change has to be announced; the stream is filtered by it. */
    announce: z.optional(z.int()),
  }),
  z.object({ ...z.omit(changedEvent, { seq: true, now: true }).shape, ...storedWith }),
  z.object({
    ...z.omit(roomEvent, { seq: true }).shape,
    set: lenient(roomChange),
    ...storedWith,
  }),
  z.object({ ...z.omit(memberEvent, { seq: true }).shape, ...storedWith }),
]);
const kinds = new Set<string | undefined>(
  eventItem.def.options.flatMap(({ shape }) => shape.kind.def.values),
);
const { seq: __, ...anyEntry } = entry;
/** Of a kind that is not known here. */
const otherItem = z.object({ ...anyEntry, kind: z.string(), ...storedWith });
const position = z.object({ seq: z.int(), n: z.int() });
/** Each attribute is there once it was set. */
export const roomItem = z.object({
  /** Not called `delivery`, because the stream is filtered by that. */
  nextDelivery: z.optional(z.enum(["direct", "stream"])),
  rev: z.optional(z.int()),
  mark: z.optional(z.string()),
  visibility: z.optional(z.enum(["public", "private"])),
  title: z.optional(z.string()),
  topic: z.optional(z.string()),
  owners: z.optional(z.array(z.string())),
  invites: z.optional(z.enum(["members", "moderators"])),
  history: z.optional(z.enum(["all", "since_join"])),
  slowModeMs: z.optional(z.int()),
  listed: z.optional(z.boolean()),
  retentionMs: z.optional(z.int()),
  begins: z.optional(position),
  closed: z.optional(z.boolean()),
  blockedBy: z.optional(z.array(z.string())),
  pins: z.optional(z.array(z.int())),
  hidesPast: z.optional(z.boolean()),
});
/** An attribute for each emoji, with the time of the reaction. */
export const reactorItem = z.catchall(z.object({ pk: z.string(), sk: z.string() }), z.int());
export const replyItem = z.object({
  sk: z.string(),
  user: z.string(),
  deleted: z.optional(z.literal(true)),
});
export const reportedItem = z.object({
  reporter: z.string(),
  atMs: z.int(),
  reason: z.optional(z.string()),
  event: lenient(messageEvent),
});
export const shardsItem = z.object({ shards: z.int() });
export const memberItem = z.object({
  pk: z.string(),
  sk: z.string(),
  state: z.optional(z.enum(["invited", "left", "banned"])),
  rev: z.optional(z.int()),
  mark: z.optional(z.string()),
  role: z.optional(z.literal("moderator")),
  mutedUntilMs: z.optional(z.int()),
  fromSeq: z.optional(z.int()),
  invitedBy: z.optional(z.string()),
  kickedBy: z.optional(z.string()),
  joinedAtMs: z.int(),
  readSeq: z.int(),
  readN: z.int(),
  hasWritten: z.optional(z.boolean()),
  notify: z.optional(z.enum(["mentions", "none"])),
  hiddenAt: z.optional(z.int()),
  unreadFrom: z.optional(position),
});
export const mentionItem = z.object({
  sk: z.string(),
  room: z.string(),
  seq: z.int(),
  from: z.string(),
  expiresAt: z.int(),
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
const subscriptionItem = z.object({
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
  return wholeEventFrom(item).event;
}

export function storedEventFrom(item: Item): StoredEvent {
  const { event, delivery } = wholeEventFrom(item);
  return { ...event, ...(delivery && { delivery }) };
}

/** A message with what a change of it is decided from; undefined for any other event. */
export function changeableFrom(item: Item): ChangeableMessage | undefined {
  const { event, edits = [], reactionsRev = 0 } = wholeEventFrom(item);
  return event.kind === "message" ? { event, edits, reactionsRev } : undefined;
}

function wholeEventFrom(item: Item) {
  const schema = kinds.has(item["kind"]?.S) ? eventItem : otherItem;
  const { sk, delivery, ...stored } = fromItem(schema as typeof eventItem, item);
  const seq = Number(sk);
  if (stored.kind !== "message") return { event: { seq, ...stored }, delivery };
  const { edits, reactionsRev, announce: _, data: json, ...message } = stored;
  const data = json !== undefined && { data: JSON.parse(json) as unknown };
  return { event: { seq, ...message, ...data }, delivery, edits, reactionsRev };
}

/** An event's attributes, or those of it that are set. */
export function eventAttributes<E extends { seq?: number; data?: unknown }>({
  seq: _,
  ...event
}: E): Record<string, unknown> {
  return event.data === undefined ? event : { ...event, data: JSON.stringify(event.data) };
}

export function roomFrom(item: Item | undefined): RoomItem {
  if (item === undefined) return openRoom;
  const { nextDelivery: _, mark: __, ...set } = fromItem(roomItem, item);
  return { ...openRoom, ...(set as Partial<RoomItem>) };
}

export function subscriptionFrom(topic: string, shard: number, item: Item): Subscription {
  const { sk, expiresAt, ...rest } = fromItem(subscriptionItem, item);
  const { reserved: _, epoch: __, ...subscription } = rest;
  return { topic, shard, connectionId: sk, ...subscription, expiresAtMs: expiresAt * 1_000 };
}
