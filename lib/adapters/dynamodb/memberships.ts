/**
 * Memberships in DynamoDB, in the user's own partition: "is she a member" and "what are her rooms"
 * are both strong reads.
 */

import {
  PutItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Member, Membership, MembershipChange } from "../../model.ts";
import type { Memberships, NewMemberships } from "../../ports.ts";
import { getAll } from "./batch.ts";
import { ifConditionMet, type Table } from "./client.ts";
import { findTogether } from "./findTogether.ts";
import {
  bannedFrom,
  fromItem,
  type Item,
  invitationsOf,
  memberItem,
  memberKey,
  memberPrefix,
  toItem,
  toKey,
} from "./items.ts";
import { indexQuery, keysOf } from "./memberIndex.ts";
import { firstItems, getItem } from "./read.ts";

/** For functions that send but do not join, leave or list. */
/** What `send` may do to memberships. */
export function dynamoSendersMemberships(
  table: Table,
): NewMemberships & Pick<Memberships, "find" | "listUsers"> {
  const { client, name } = table;
  return {
    async find(user, room) {
      const item = await getItem(table, memberKey(user, room));
      return item && membershipFrom(item);
    },
    async add(user, { room, ...attributes }) {
      const memberOf = attributes.state === "invited" ? invitationsOf(user) : room;
      await ifConditionMet(
        client.send(
          new PutItemCommand({
            TableName: name,
            Item: toItem(memberKey(user, room), { ...attributes, memberOf }),
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
          UpdateExpression:
            `SET hasWritten = :true, memberOf = :room, ${kept.join(", ")} ` +
            "REMOVE #state, invitedBy, rev",
          ExpressionAttributeNames: { "#state": "state" },
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
    async listUsers(room, max) {
      const entries = await firstItems(table, indexQuery(room), max + 1);
      if (entries.length > max) return undefined;
      return entries.map(userOf);
    },
  };
}

export function dynamoMemberships(table: Table): Memberships {
  const { client, name } = table;
  const find = findTogether(table);
  return {
    ...dynamoSendersMemberships(table),
    ...ownView(table),
    async find(user, room) {
      const item = await find(user, room);
      return item && membershipFrom(item);
    },
    async list(user, after, limit) {
      const { pk, sk } = memberKey(user, after ?? "");
      const query = {
        KeyConditionExpression: "pk = :pk AND sk > :after",
        FilterExpression: "attribute_not_exists(#state)",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: { ":pk": { S: pk }, ":after": { S: sk } },
        ConsistentRead: true,
      };
      return (await firstItems(table, query, limit)).map(membershipFrom);
    },
    async listInvitations(user, limit) {
      const entries = await firstItems(table, indexQuery(invitationsOf(user)), limit);
      const found = (await getAll(table, keysOf(entries))).map(membershipFrom);
      return found
        .filter(({ state }) => state === "invited")
        .sort((a, b) => (a.room < b.room ? -1 : 1));
    },
    async listMembers(room, max) {
      const entries = await firstItems(table, indexQuery(room), max + 1);
      if (entries.length > max) return undefined;
      const members = (await getAll(table, keysOf(entries))).map(memberFrom);
      return members
        .filter(({ state }) => state === undefined)
        .map(({ user, readSeq, readN }) => ({ user, readSeq, readN }));
    },
    async listPage(room, which, after, limit) {
      const query = indexQuery(
        which === "banned" ? bannedFrom(room) : room,
        after === undefined ? undefined : memberPrefix + after,
      );
      const entries = await firstItems(table, query, limit + 1);
      const members = (await getAll(table, keysOf(entries.slice(0, limit))))
        .map(memberFrom)
        .filter(({ state }) => state === (which === "banned" ? which : undefined))
        .sort((a, b) => (a.user < b.user ? -1 : 1));
      return { members, more: entries.length > limit };
    },
    async change(user, change) {
      const key = memberKey(user, change.room);
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({ TableName: name, Key: toKey(key), ...updateOf(user, change) }),
        ),
      );
      if (met !== undefined) return true;
      // The SDK repeats an update whose answer was lost, and then finds its own change.
      const item = await getItem(table, key);
      return item !== undefined && fromItem(memberItem, item).mark === change.mark;
    },
  };
}

/** What members set for themselves, beside what they are to the room. */
function ownView({ client, name }: Table): Pick<Memberships, "prefer" | "takeMark" | "moveRead"> {
  return {
    async prefer(user, room, change) {
      const entries = Object.entries(change);
      const set = entries.filter(([, value]) => value !== null);
      const sets = set.map(([name]) => `${name} = :${name}`).join(", ");
      const removes = entries.filter(([, value]) => value === null).map(([name]) => name);
      const update = [sets && `SET ${sets}`, removes.length > 0 && `REMOVE ${removes.join(", ")}`];
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(memberKey(user, room)),
            UpdateExpression: update.filter(Boolean).join(" "),
            ConditionExpression: "attribute_exists(pk) AND attribute_not_exists(#state)",
            ExpressionAttributeNames: { "#state": "state" },
            ...(set.length > 0 && {
              ExpressionAttributeValues: marshall(
                Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
              ),
            }),
            ReturnValues: "ALL_NEW",
          }),
        ),
      );
      return met?.Attributes && membershipFrom(met.Attributes);
    },
    async takeMark(user, room, seq) {
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(memberKey(user, room)),
            UpdateExpression: "REMOVE unreadFrom",
            ConditionExpression: "unreadFrom.seq = :seq",
            ExpressionAttributeValues: { ":seq": { N: String(seq) } },
          }),
        ),
      );
      return met !== undefined;
    },
    async moveRead(user, room, { seq, n }) {
      const met = await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName: name,
            Key: toKey(memberKey(user, room)),
            UpdateExpression: "SET readSeq = :seq, readN = :n REMOVE unreadFrom",
            // False as well when there is no such item.
            ConditionExpression: "readSeq < :seq AND attribute_not_exists(#state)",
            ExpressionAttributeNames: { "#state": "state" },
            ExpressionAttributeValues: { ":seq": { N: String(seq) }, ":n": { N: String(n) } },
          }),
        ),
      );
      return met !== undefined;
    },
  };
}

/** Some of these names are DynamoDB's own words. */
const changed = [
  "state",
  "role",
  "mutedUntilMs",
  "fromSeq",
  "invitedBy",
  "kickedBy",
  "memberOf",
] as const;

/** The update that makes a membership what a change says. */
function updateOf(
  user: string,
  { fromRev, mark, read, joinedAtMs, ...becomes }: MembershipChange,
): Partial<UpdateItemCommandInput> {
  const { room, state = "member" } = becomes;
  const listed = { member: room, banned: bannedFrom(room), invited: invitationsOf(user) };
  const next = { ...becomes, memberOf: state === "left" ? undefined : listed[state] };
  const set = changed.filter((attribute) => next[attribute] !== undefined);
  const removed = changed.filter((attribute) => next[attribute] === undefined);
  const position = (attribute: string) =>
    read ? `:${attribute}` : `if_not_exists(${attribute}, :${attribute})`;
  const sets = [
    ...set.map((attribute) => `#${attribute} = :${attribute}`),
    ...["rev", "mark", "joinedAtMs"].map((attribute) => `${attribute} = :${attribute}`),
    ...["readSeq", "readN"].map((attribute) => `${attribute} = ${position(attribute)}`),
  ];
  const removes = removed.map((attribute) => `#${attribute}`);
  if (read) removes.push("hiddenAt", "unreadFrom");
  const removing = removes.length > 0 ? [`REMOVE ${removes.join(", ")}`] : [];
  return {
    UpdateExpression: [`SET ${sets.join(", ")}`, ...removing].join(" "),
    ConditionExpression: fromRev === 0 ? "attribute_not_exists(rev)" : "rev = :fromRev",
    ExpressionAttributeNames: Object.fromEntries(changed.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: marshall({
      ...Object.fromEntries(set.map((attribute) => [`:${attribute}`, next[attribute]])),
      ":rev": fromRev + 1,
      ":mark": mark,
      ":joinedAtMs": joinedAtMs,
      ":readSeq": read?.seq ?? 0,
      ":readN": read?.n ?? 0,
      ...(fromRev !== 0 && { ":fromRev": fromRev }),
    }),
  };
}

export function membershipFrom(item: Item): Membership {
  const { pk: _, mark: __, sk, hasWritten, ...membership } = fromItem(memberItem, item);
  return {
    room: sk.slice("ROOM#".length),
    ...(membership as Omit<Membership, "room" | "hasWritten">),
    ...(hasWritten && { hasWritten }),
  };
}

function memberFrom(item: Item): Member {
  const { room: _, ...member } = membershipFrom(item);
  return { user: userOf(item), ...member };
}

function userOf(item: Item): string {
  return item["pk"]?.S?.slice(memberPrefix.length) ?? "";
}
