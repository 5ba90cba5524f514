/**
 * Each fault of the proxy does what it says, as the service's own client sees it: most are got over
 * by asking again, and what is not is an outage with a name, never a defect.
 */
import { randomUUID } from "node:crypto";
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import {
  createTables,
  localClient,
  localCredentials,
  localRegion,
} from "../../local/emulator/database/tables.ts";
import { hangMs } from "../support/hang.ts";
import type { DatabaseFault } from "./databaseFaults.ts";
import { faultProxy } from "./faultProxy.ts";

let database: Database;
let direct: DynamoDBClient;
let TableName: string;

beforeAll(async () => {
  process.env["AWS_REGION"] ??= localRegion;
  process.env["AWS_ACCESS_KEY_ID"] ??= localCredentials.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] ??= localCredentials.secretAccessKey;
  database = await startDatabase({ kind: "dynalite" });
  TableName = String((await createTables(database.endpoint, `${randomUUID()}-`))["Rooms"]);
  direct = localClient(database.endpoint);
});
afterAll(async () => {
  direct.destroy();
  await database.stop();
});

/** A proxy with which the first requests go wrong, in this order, and what it saw. */
async function behind(...faults: DatabaseFault[]) {
  const happened: DatabaseFault[] = [];
  const done: string[] = [];
  const seen = { requests: 0 };
  const waits: number[] = [];
  let goOn = () => {};
  const going = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const proxy = await faultProxy({
    databaseUrl: database.endpoint,
    plan: {
      next(applies = () => true) {
        seen.requests += 1;
        const kind = faults.find(applies);
        if (kind === undefined) return undefined;
        faults.splice(faults.indexOf(kind), 1);
        return { kind, strength: 0.5 };
      },
      end() {},
    },
    happened: (fault) => happened.push(fault),
    done: ({ operation }, status) => done.push(`${operation} ${status}`),
    wait: (ms) => {
      waits.push(ms);
      return going;
    },
  });
  // It gives up only when it is told that so much time has passed: the machine may be busy.
  const client = dynamoClient({ endpoint: proxy.url, requestMs: hangMs, connectMs: hangMs });
  onTestFinished(async () => {
    client.destroy();
    await proxy.stop();
  });
  /** Put an item, and give up on the first request. */
  const outwait = async (pk: string) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const putting = client.send(new PutItemCommand({ TableName, Item: itemOf(pk) }));
    while (waits.length === 0) await new Promise(setImmediate);
    vi.advanceTimersByTime(hangMs);
    vi.useRealTimers();
    await putting;
  };
  return { client, happened, done, seen, waits, goOn, outwait };
}

const itemOf = (pk: string) => ({ pk: { S: pk }, sk: { S: "0" } });
const isThere = async (pk: string) => {
  const { Item } = await direct.send(new GetItemCommand({ TableName, Key: itemOf(pk) }));
  return Item !== undefined;
};

/** What happens, how often it is asked for in all, and how often the database does it. */
const outcomes: [fault: DatabaseFault, requests: number, done: number][] = [
  ["delayed", 1, 1],
  ["dropped", 2, 1],
  ["lost", 2, 2],
  ["torn", 2, 2],
  ["throughputExceeded", 2, 1],
  ["throttled", 2, 1],
  ["failed", 2, 1],
  ["unavailable", 2, 1],
];

describe("a write", () => {
  it.each(outcomes)("that is %s is asked for %i times, and done %i times", async (...row) => {
    const [fault, requests, times] = row;
    const pk = randomUUID();
    const { client, happened, done, seen, goOn } = await behind(fault);
    goOn();
    await client.send(new PutItemCommand({ TableName, Item: itemOf(pk) }));
    expect(seen.requests).toBe(requests);
    expect(done).toEqual(Array(times).fill("PutItem 200"));
    expect(happened).toEqual([fault]);
    expect(await isThere(pk)).toBe(true);
  });

  it("that is late is done before it is asked for again", async () => {
    const pk = randomUUID();
    const { happened, done, seen, waits, goOn, outwait } = await behind("late");
    await outwait(pk);
    expect(waits).toEqual([expect.toSatisfy((ms) => ms > limits.tableRequestMs)]);
    expect([seen.requests, done]).toEqual([2, ["PutItem 200", "PutItem 200"]]);
    expect(happened).toEqual([]);
    goOn();
    while (happened.length === 0) await new Promise(setImmediate);
    expect(happened).toEqual(["late"]);
    expect(await isThere(pk)).toBe(true);
  });

  it("that is held is done after it has been asked for again", async () => {
    const { happened, done, seen, waits, goOn, outwait } = await behind("held");
    await outwait(randomUUID());
    expect(waits).toEqual([expect.toSatisfy((ms) => ms > limits.tableRequestMs)]);
    expect([seen.requests, done]).toEqual([2, ["PutItem 200"]]);
    goOn();
    while (happened.length === 0) await new Promise(setImmediate);
    expect(done).toHaveLength(2);
  });

  it("that conflicts with a transaction is unavailable, and not a defect", async () => {
    const { client, happened, done } = await behind("conflicting");
    const put = client.send(new PutItemCommand({ TableName, Item: itemOf(randomUUID()) }));
    await expect(put).rejects.toMatchObject({ code: "unavailable" });
    expect([happened, done]).toEqual([["conflicting"], []]);
  });

  it.each([
    "failed",
    "unavailable",
    "dropped",
    "throttled",
  ] as const)("that is %s over and over again is unavailable, and not a defect", async (fault) => {
    const pk = randomUUID();
    const { client } = await behind(...Array(10).fill(fault));
    const put = client.send(new PutItemCommand({ TableName, Item: itemOf(pk) }));
    await expect(put).rejects.toMatchObject({ code: "unavailable" });
    expect(await isThere(pk)).toBe(false);
  });
});

describe("a batch", () => {
  it("is left undone in part, and says which", async () => {
    const pks = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const puts = pks.map((pk) => ({ PutRequest: { Item: itemOf(pk) } }));
    const { client, happened } = await behind("unprocessed", "unprocessed");
    const RequestItems = { [TableName]: puts };
    const written = await client.send(new BatchWriteItemCommand({ RequestItems }));
    expect(written.UnprocessedItems).toEqual({ [TableName]: puts.slice(2) });
    expect(await Promise.all(pks.map(isThere))).toEqual([true, true, false, false]);

    const Keys = pks.slice(0, 2).map(itemOf);
    const keys = { [TableName]: { Keys } };
    const read = await client.send(new BatchGetItemCommand({ RequestItems: keys }));
    expect(read.Responses?.[TableName]).toHaveLength(1);
    expect(read.UnprocessedKeys).toEqual({ [TableName]: { Keys: Keys.slice(1) } });
    expect(happened).toEqual(["unprocessed", "unprocessed"]);
  });

  it("of one item cannot be left undone in part", async () => {
    const puts = [{ PutRequest: { Item: itemOf(randomUUID()) } }];
    const { client, happened } = await behind("unprocessed");
    const RequestItems = { [TableName]: puts };
    const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems }));
    expect([UnprocessedItems, happened]).toEqual([{}, []]);
  });
});
