/**
 * Reading, putting and deleting many items at once. DynamoDB may leave part of a batch undone,
 * which is no error to it: only what is left is asked for again, slower each time. It refuses a
 * batch that names a key twice.
 */
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { mapInFlight } from "../../concurrency.ts";
import type { Clock, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import type { Table } from "./client.ts";
import { type Item, type Key, toKey } from "./items.ts";

/** What one request may name (AWS). */
const readsPerRequest = 100;
const writesPerRequest = 25;
const requestsInFlight = 4;

/** Where the pauses between tries come from: a test brings its own, and waits for nothing. */
export type Pauses = Pick<Clock, "wait"> & Pick<Ports, "random">;

const realPauses: Pauses = {
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
};

export async function getAll(
  { client, name }: Table,
  keys: readonly Key[],
  pauses: Pauses = realPauses,
): Promise<Item[]> {
  const found: Item[] = [];
  await inBatches(keys, readsPerRequest, async (batch) => {
    let left: Item[] | undefined = batch.map(toKey);
    await untilDone(pauses, async () => {
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

export async function deleteAll(
  table: Table,
  keys: readonly Key[],
  pauses: Pauses = realPauses,
): Promise<void> {
  await inBatches(keys, writesPerRequest, async (batch) => {
    const writes = batch.map((key) => ({ DeleteRequest: { Key: toKey(key) } }));
    await writeAll(table, writes, pauses);
  });
}

/** Put items of different keys, whatever is there. */
export async function putAll(
  table: Table,
  items: readonly Item[],
  pauses: Pauses = realPauses,
): Promise<void> {
  await mapInFlight(batchesOf(items, writesPerRequest), requestsInFlight, async (batch) => {
    const writes = batch.map((Item) => ({ PutRequest: { Item } }));
    await writeAll(table, writes, pauses);
  });
}

type Writes = NonNullable<BatchWriteItemCommandOutput["UnprocessedItems"]>[string];

async function writeAll({ client, name }: Table, writes: Writes, pauses: Pauses): Promise<void> {
  let left = writes;
  await untilDone(pauses, async () => {
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [name]: left } }),
    );
    left = UnprocessedItems?.[name] ?? [];
    return left.length === 0;
  });
}

async function inBatches(
  keys: readonly Key[],
  size: number,
  work: (batch: Key[]) => Promise<void>,
): Promise<void> {
  const distinct = [...new Map(keys.map((key) => [`${key.pk} ${key.sk}`, key])).values()];
  await mapInFlight(batchesOf(distinct, size), requestsInFlight, work);
}

function batchesOf<T>(all: readonly T[], size: number): T[][] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

/** Ask until nothing is left, with a pause of 50 to 100 % before each further try. */
async function untilDone(pauses: Pauses, ask: () => Promise<boolean>): Promise<void> {
  for (let pauseMs = limits.batchPauseMs; !(await ask()); pauseMs *= 2) {
    if (pauseMs > limits.batchPauseMsMax) {
      throw new ChatError("unavailable", "the tables leave batches undone");
    }
    await pauses.wait(pauseMs * (0.5 + pauses.random() / 2));
  }
}
