/**
 * Removing from the Rooms table what is past its time. It has no TTL: that deletes late and in any
 * order, and global tables do without (docs/decisions/0043, 0066).
 *
 * The table is walked by scanning it. Of each log only the beginning is read: the scan goes on
 * behind the last key that the log's partition can have, so a long log costs as much as a short
 * one.
 */
import { ScanCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import * as z from "zod/mini";
import { mapInFlight } from "../../concurrency.ts";
import { deletedFields } from "../../protocol/events.ts";
import type { Expiry } from "../../retentionPorts.ts";
import { deleteAll } from "./batch.ts";
import { ifConditionMet, type Table } from "./client.ts";
import {
  eventKey,
  fromItem,
  type Item,
  type Key,
  reactorKey,
  replyKey,
  roomKey,
  roomPrefix,
  toKey,
  walkKey,
} from "./items.ts";
import { dynamoMessageChanges } from "./messageChanges.ts";
import { getItem, pagesOf } from "./read.ts";

/** Items read at once: those of a few partitions, and no more of a long log than that. */
const itemsPerPage = 200;

/** Messages of which it is looked at once what hangs on them. */
const messagesInFlight = 8;

const walkItem = z.object({ beganAtMs: z.int(), place: z.optional(z.string()) });

export function dynamoExpiry(table: Table): Expiry {
  const { client, name: TableName } = table;
  const quietly = dynamoMessageChanges(table, false);
  const removeHanging = async (room: string, seqs: readonly number[]) => {
    await mapInFlight(seqs, messagesInFlight, async (seq) => {
      const partitions = [reactorKey(room, seq, "").pk, replyKey(room, seq, 0).pk];
      for (const pk of partitions) await deleteAll(table, await keysIn(table, pk));
    });
  };
  return {
    async listLogs(place) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName,
          Limit: itemsPerPage,
          ProjectionExpression: "pk, sk, sentAtMs",
          ...(place !== "" && { ExclusiveStartKey: toKey(keyOf(place)) }),
        }),
      );
      const oldest = new Map<string, number>();
      for (const { pk, sentAtMs } of Items) {
        const partition = pk?.S ?? "";
        if (!partition.startsWith(roomPrefix) || sentAtMs === undefined) continue;
        const room = partition.slice(roomPrefix.length);
        if (!oldest.has(room)) oldest.set(room, Number(sentAtMs.N));
      }
      const logs = [...oldest].map(([room, oldestMs]) => ({ room, oldestMs }));
      return { logs, ...(LastEvaluatedKey && { place: placeBehind(LastEvaluatedKey) }) };
    },

    async begin(room, begins) {
      await ifConditionMet(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: toKey(roomKey(room)),
            UpdateExpression: "SET begins = :begins",
            ConditionExpression: "attribute_not_exists(begins) OR begins.seq < :seq",
            ExpressionAttributeValues: marshall({ ":begins": begins, ":seq": begins.seq }),
          }),
        ),
      );
    },

    async remove(room, seqs) {
      await removeHanging(room, seqs);
      await deleteAll(
        table,
        seqs.map((seq) => eventKey(room, seq)),
      );
    },

    async empty(room, seq, nowMs) {
      await removeHanging(room, [seq]);
      const deleted = { by: "moderator", atMs: nowMs } as const;
      await quietly.change(room, seq, { set: { deleted }, remove: deletedFields });
    },

    async findWalk() {
      const item = await getItem(table, walkKey);
      if (item === undefined) return undefined;
      const { beganAtMs, place } = fromItem(walkItem, item);
      return { beganAtMs, ...(place !== undefined && { place }) };
    },

    async putWalk({ beganAtMs, place }) {
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: toKey(walkKey),
          UpdateExpression:
            place === undefined
              ? "SET beganAtMs = :began REMOVE place"
              : "SET beganAtMs = :began, place = :place",
          ExpressionAttributeValues: marshall({
            ":began": beganAtMs,
            ...(place !== undefined && { ":place": place }),
          }),
        }),
      );
    },
  };
}

async function keysIn(table: Table, pk: string): Promise<Key[]> {
  const keys: Key[] = [];
  const query = {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: pk } },
    ProjectionExpression: "pk, sk",
    ConsistentRead: true,
  };
  for await (const { Items = [] } of pagesOf(table, query)) {
    keys.push(...Items.map(({ sk }) => ({ pk, sk: sk?.S ?? "" })));
  }
  return keys;
}

/** Behind a log's last item, the room, if the page ended in one. */
function placeBehind({ pk, sk }: Item): string {
  const partition = pk?.S ?? "";
  const isLog = partition.startsWith(roomPrefix);
  return JSON.stringify([partition, isLog ? roomKey("").sk : (sk?.S ?? "")]);
}

function keyOf(place: string): Key {
  const [pk, sk] = z.tuple([z.string(), z.string()]).parse(JSON.parse(place));
  return { pk, sk };
}
