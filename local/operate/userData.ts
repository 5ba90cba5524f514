/**
 * Where the tables keep what is known of a user. A user's memberships, tombstones included, name
 * the rooms; a room's log is read whole, because no index knows who wrote an event. Reading here is
 * strongly consistent and changes nothing.
 */
import { getAll } from "../../lib/adapters/dynamodb/batch.ts";
import type { Table } from "../../lib/adapters/dynamodb/client.ts";
import {
  blockedUser,
  blockKey,
  eventFrom,
  eventKey,
  followerKey,
  fromItem,
  type Item,
  memberKey,
  mentionItem,
  mentionKey,
  reactorKey,
  reportedItem,
  reportedKey,
  roomFrom,
  roomKey,
  spendingKey,
  subscriptionFrom,
  subscriptionKey,
} from "../../lib/adapters/dynamodb/items.ts";
import { membershipFrom } from "../../lib/adapters/dynamodb/memberships.ts";
import { reactorFrom } from "../../lib/adapters/dynamodb/reactions.ts";
import { getItem, pagesOf } from "../../lib/adapters/dynamodb/read.ts";
import type { Membership, Mention, Reactor, Reported, RoomItem } from "../../lib/model.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import { firstShard, userTopic } from "../../lib/pubsub/topics.ts";

/** The service's tables, both of which hold something of a user. */
export interface UserTables {
  rooms: Table;
  connections: Table;
}

/** What the user is to rooms, those included that they left or are banned from. */
export async function membershipsOf({ rooms }: UserTables, user: string): Promise<Membership[]> {
  const { pk, sk } = memberKey(user, "");
  return (await itemsAt(rooms, pk, sk)).map(membershipFrom);
}

/** The users that a user blocks, and those that they no longer block. */
export async function blocksOf({ rooms }: UserTables, user: string) {
  const { pk, sk } = blockKey(user, "");
  return (await itemsAt(rooms, pk, sk)).map((item) => ({
    blocked: blockedUser(item),
    isBlocked: item["isBlocked"]?.BOOL === true,
  }));
}

/** Notes of where a user was mentioned, which last for 90 days or until they are read past. */
export async function mentionsOf({ connections }: UserTables, user: string): Promise<Mention[]> {
  const { pk } = mentionKey(user, { atMs: 0 });
  return (await itemsAt(connections, pk)).map((item) => {
    const { sk, expiresAt: _, ...mention } = fromItem(mentionItem, item);
    const [atMs, tag = ""] = sk.split("#");
    return { ...mention, atMs: Number(atMs), tag };
  });
}

/** The connections that the service knows of a user. */
export async function connectionsOf({ connections }: UserTables, user: string) {
  const topic = userTopic(user);
  const { pk } = subscriptionKey({ topic, shard: firstShard, connectionId: "" });
  return (await itemsAt(connections, pk)).map((item) => subscriptionFrom(topic, firstShard, item));
}

/** The keys of what a user has spent of their budgets. */
export async function spendingOf({ connections }: UserTables, user: string) {
  const { pk } = spendingKey(user, 0);
  return (await itemsAt(connections, pk)).map(({ sk }) => ({ pk, sk: sk?.S ?? "" }));
}

/** Every room that may hold something of a user, by name. */
export async function roomsOf(tables: UserTables, user: string): Promise<string[]> {
  const [memberships, blocks] = await Promise.all([
    membershipsOf(tables, user),
    blocksOf(tables, user),
  ]);
  // A direct room's item has the blocks between its users, even if neither ever wrote.
  const blocked = blocks.map((block) => directRoom(user, block.blocked));
  return [...new Set([...memberships.map(({ room }) => room), ...blocked])].sort();
}

/** A room's log behind a position, page by page. */
export async function* logOf(
  { rooms }: UserTables,
  room: string,
  after = 0,
): AsyncGenerator<LogEvent[]> {
  const { pk, sk } = eventKey(room, after + 1);
  const query = {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
    ExpressionAttributeValues: {
      ":pk": { S: pk },
      ":first": { S: sk },
      ":last": { S: eventKey(room, Number.MAX_SAFE_INTEGER).sk },
    },
    ConsistentRead: true,
  };
  for await (const { Items = [] } of pagesOf(rooms, query)) yield Items.map(eventFrom);
}

/**
 * Those of some messages that a user has an item of reactions at. It has no emoji where the user
 * took their reactions back.
 */
export async function reactionsAt(
  { rooms }: UserTables,
  room: string,
  seqs: readonly number[],
  user: string,
): Promise<(Reactor & { seq: number })[]> {
  const items = await getAll(
    rooms,
    seqs.map((seq) => reactorKey(room, seq, user)),
  );
  const seqOf = ({ pk }: Item) => Number(pk?.S?.slice(reactorKey(room, 0, user).pk.length - 1));
  return items
    .map((item) => ({ seq: seqOf(item), ...reactorFrom(item) }))
    .sort((a, b) => a.seq - b.seq);
}

/** Those of some threads that a user follows, by their roots. */
export async function followedAmong(
  { rooms }: UserTables,
  room: string,
  roots: readonly number[],
  user: string,
): Promise<number[]> {
  const keys = roots.map((root) => followerKey(room, root, user));
  const found = new Set((await getAll(rooms, keys)).map(({ pk }) => pk?.S));
  return roots.filter((_, n) => found.has(keys[n]?.pk));
}

/** A room's reports that a user made, and those with a copy of a message of theirs. */
export async function reportsIn({ connections }: UserTables, room: string, user: string) {
  const items = await itemsAt(connections, reportedKey(room, 0, "").pk);
  const reports = items.map((item): Reported => {
    const { reporter, atMs, reason, event } = fromItem(reportedItem, item);
    return { by: reporter, atMs, ...(reason && { reason }), event };
  });
  return reports.filter(({ by, event }) => by === user || event.from === user);
}

export async function roomItemOf({ rooms }: UserTables, room: string): Promise<RoomItem> {
  return roomFrom(await getItem(rooms, roomKey(room)));
}

/** All items of a partition, or those whose sort key begins like that. */
async function itemsAt(table: Table, pk: string, beginning?: string): Promise<Item[]> {
  const begins = beginning === undefined ? "" : " AND begins_with(sk, :beginning)";
  const items: Item[] = [];
  const query = {
    KeyConditionExpression: `pk = :pk${begins}`,
    ExpressionAttributeValues: {
      ":pk": { S: pk },
      ...(beginning !== undefined && { ":beginning": { S: beginning } }),
    },
    ConsistentRead: true,
  };
  for await (const { Items = [] } of pagesOf(table, query)) items.push(...Items);
  return items;
}
