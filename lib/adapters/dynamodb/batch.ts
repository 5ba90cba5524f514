/**
 * Reading and deleting many items at once. DynamoDB may leave part of a batch undone, which is no
 * error to it: what is left is asked for again, slower each time. It refuses a batch that names a
 * key twice.
 */
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { mapInFlight } from "../../concurrency.ts";
import { ChatError } from "../../domain/chatError.ts";
import type { Table } from "./client.ts";
import { type Item, type Key, toKey } from "./items.ts";

/** What one request may name (AWS). */
const readsPerRequest = 100;
const writesPerRequest = 25;
const requestsInFlight = 4;

export async function getAll({ client, name }: Table, keys: readonly Key[]): Promise<Item[]> {
  const found: Item[] = [];
  await inBatches(keys, readsPerRequest, async (batch) => {
    let left: Item[] | undefined = batch.map(toKey);
    await untilDone(async () => {
      const RequestItems = { [name]: { Keys: left, ConsistentRead: true } };
      const { Responses, UnprocessedKeys }: BatchGetItemCommandOutput = await client.send(
        new BatchGetItemCommand({ RequestItems }),
      );
      found.push(...(Responses?.[name] ?? []));
      left = UnprocessedKeys?.[name]?.Keys;
      return left === undefined || left.length === 0;
    });
  });
  return found;
}

export async function deleteAll({ client, name }: Table, keys: readonly Key[]): Promise<void> {
  await inBatches(keys, writesPerRequest, async (batch) => {
    let left = batch.map((key) => ({ DeleteRequest: { Key: toKey(key) } })) as NonNullable<
      BatchWriteItemCommandOutput["UnprocessedItems"]
    >[string];
    await untilDone(async () => {
      const { UnprocessedItems } = await client.send(
        new BatchWriteItemCommand({ RequestItems: { [name]: left } }),
      );
      left = UnprocessedItems?.[name] ?? [];
      return left.length === 0;
    });
  });
}

async function inBatches(
  keys: readonly Key[],
  size: number,
  work: (batch: Key[]) => Promise<void>,
): Promise<void> {
  const distinct = [...new Map(keys.map((key) => [`${key.pk} ${key.sk}`, key])).values()];
  const count = Math.ceil(distinct.length / size);
  const batches = Array.from({ length: count }, (_, index) =>
    distinct.slice(index * size, (index + 1) * size),
  );
  await mapInFlight(batches, requestsInFlight, work);
}

/** Six tries wait three seconds in all: a table that is so far behind is an outage. */
const tries = 6;
const firstWaitMs = 100;

async function untilDone(ask: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    if (await ask()) return;
    const waitMs = firstWaitMs * 2 ** attempt * (0.5 + Math.random() / 2);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  throw new ChatError("unavailable", "unable to reach the tables; they leave batches undone");
}
