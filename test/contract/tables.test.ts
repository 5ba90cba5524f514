/**
 * What the adapters make of tables, beyond what a port can show: how many requests they make, how
 * often they ask again, and what DynamoDB would read in an item.
 */
import { randomUUID } from "node:crypto";
import { GetItemCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { deleteAll, getAll } from "../../lib/adapters/dynamodb/batch.ts";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import {
  connectionKey,
  type Key,
  subscriptionKey,
  toItem,
  toKey,
} from "../../lib/adapters/dynamodb/items.ts";
import { mapInFlight } from "../../lib/concurrency.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { connectionOf, nowMs } from "../support/fixtures.ts";
import { hangMs } from "../support/hang.ts";
import { partBatch } from "../support/partBatch.ts";
import { type TableRequest, tableProxy } from "../support/tableProxy.ts";
import { faultOf } from "./lookedAt.ts";
import { scarcePage } from "./scarce.ts";
import { databaseStores, type Stores } from "./stores.ts";

const table = ({ tables }: Stores) => tables?.connections ?? expect.fail("no table");
const subscriptionsOf = (topic: string, count: number) =>
  Array.from({ length: count }, () => ({
    ...connectionOf("alice", { connectionId: `${randomUUID()}=` }),
    topic,
    shard: 0,
  }));

/** How many queries `work` takes. */
async function queriesOf({ requests = [] }: Stores, work: () => Promise<unknown>): Promise<number> {
  const before = requests.length;
  await work();
  return requests.slice(before).filter(({ operation }) => operation === "Query").length;
}

describe("a query", () => {
  const stores = databaseStores("dynalite");
  const crowd = limits.lookingConnections + 10;
  const topic = "room:crowded";
  beforeAll(async () => {
    const { subscriptions } = stores();
    await mapInFlight(subscriptionsOf(topic, crowd), 16, (each) => subscriptions.put(each));
  });

  it("ends with the page that shows that too many look at a room", async () => {
    const some = () => stores().subscriptions.listSome(topic, limits.lookingConnections);
    expect(await some()).toMatchObject({ isAll: false });
    expect(await queriesOf(stores(), some)).toBe(1);
  });

  it.each([
    ["one below", crowd - 1, false],
    ["exactly", crowd, true],
    ["one above", crowd + 1, true],
  ])("of some is one page where the most is %s what is there", async (_where, max, isAll) => {
    const { subscriptions } = stores();
    const some = () => subscriptions.listSome(topic, max);
    expect(await some()).toMatchObject({ isAll, found: { length: Math.min(max, crowd) } });
    expect(await queriesOf(stores(), some)).toBe(1);
  });
});

describe("memberships that are asked for at once", () => {
  const stores = databaseStores("dynalite");
  const roomsOf = (count: number) =>
    Array.from({ length: count }, (_, index) => `room-${1_000 + index}`);
  /** The operations that finding some of a user's rooms takes. */
  async function finding(count: number, wanted: readonly string[]): Promise<string[]> {
    const { memberships, requests = [] } = stores();
    const user = `user-${randomUUID()}`;
    await mapInFlight(roomsOf(count), 16, (room) =>
      memberships.add(user, { room, joinedAtMs: 1, readSeq: 0, readN: 0 }),
    );
    requests.length = 0;
    await Promise.all(wanted.map((room) => memberships.find(user, room)));
    return requests.map(({ operation }) => operation);
  }

  it("are one query where they lie side by side", async () => {
    expect(await finding(40, roomsOf(40).slice(1, 11))).toEqual(["Query"]);
  });

  it("are read one by one where many others lie between them", async () => {
    const far = ["room-1000", "room-1001", "room-1119"];
    expect(await finding(120, far)).toEqual(["Query", "GetItem"]);
  });
});

describe("a query of everybody", () => {
  const stores = databaseStores("scarce");

  it("asks for its next page while its reader works on one", async () => {
    const { subscriptions, requests = [] } = stores();
    const topic = "room:large";
    const everybody = subscriptionsOf(topic, scarcePage * 3);
    await mapInFlight(everybody, 16, (each) => subscriptions.put(each));
    requests.length = 0;
    const pages = subscriptions.listShard(topic, 0)[Symbol.asyncIterator]();
    expect((await pages.next()).value).toHaveLength(scarcePage);
    await expect.poll(() => requests.length).toBe(2);
  });
});

describe("a batch", () => {
  const stores = databaseStores("dynalite");
  const newKeys = (count: number): Key[] =>
    Array.from({ length: count }, () => ({ pk: `BATCH#${randomUUID()}`, sk: "0" }));
  const put = (keys: readonly Key[]) => {
    const { client, name: TableName } = table(stores());
    return mapInFlight(keys, 16, (key) =>
      client.send(new PutItemCommand({ TableName, Item: toItem(key, {}) })),
    );
  };
  const pksOf = ({ body }: TableRequest): string[] =>
    [...body.matchAll(/BATCH#[-0-9a-f]+/g)].map(([pk]) => pk);

  /** The table behind a proxy that does so many items of each batch, and pauses of no length. */
  async function leaving(done: number) {
    const { client, name } = table(stores());
    const endpoint = await client.config.endpoint?.();
    const proxy = await tableProxy(`http://${endpoint?.hostname}:${endpoint?.port}`);
    const asked: string[][] = [];
    proxy.treat = (request) => {
      asked.push(pksOf(request));
      return partBatch(request, () => done) ?? "pass";
    };
    const stingy = dynamoClient({ endpoint: proxy.url, requestMs: hangMs, connectMs: hangMs });
    onTestFinished(async () => {
      stingy.destroy();
      await proxy[Symbol.asyncDispose]();
    });
    const pausesMs: number[] = [];
    const pauses = { wait: async (ms: number) => void pausesMs.push(ms), random: () => 1 };
    return { table: { client: stingy, name }, asked, pauses, pausesMs };
  }

  it("that is left undone in part is asked for again, and only what was left", async () => {
    const { asked, pauses, ...behind } = await leaving(10);
    const keys = newKeys(25);
    const pks = keys.map(({ pk }) => pk);
    const leftovers = [pks, pks.slice(10), pks.slice(20)];
    await put(keys);
    const found = await getAll(behind.table, keys, pauses);
    expect(found.map(({ pk }) => pk?.S).sort()).toEqual([...pks].sort());
    expect(asked).toEqual(leftovers);
    asked.length = 0;
    await deleteAll(behind.table, keys, pauses);
    expect(asked).toEqual(leftovers);
    expect(await getAll(table(stores()), keys)).toEqual([]);
  });

  it("that is never done is unavailable after the last try, with no pause behind it", async () => {
    const { asked, pauses, pausesMs, ...behind } = await leaving(1);
    const keys = newKeys(25);
    for (const batch of [getAll, deleteAll]) {
      pausesMs.length = 0;
      asked.length = 0;
      const work = batch(behind.table, keys, pauses);
      await expect(work).rejects.toMatchObject({ code: "unavailable" });
      expect(pausesMs).toEqual([100, 200, 400, 800, 1_600]);
      expect(asked).toHaveLength(pausesMs.length + 1);
    }
  });

  it.each([
    ["reads", getAll, 100],
    ["deletes", deleteAll, 25],
  ])("%s as many keys in one request as DynamoDB takes", async (_what, work, most) => {
    const { asked, pauses, ...behind } = await leaving(Number.MAX_SAFE_INTEGER);
    const requestsFor = async (count: number) => {
      asked.length = 0;
      await work(behind.table, newKeys(count), pauses);
      return asked.map((pks) => pks.length).sort((a, b) => b - a);
    };
    expect(await requestsFor(most)).toEqual([most]);
    expect(await requestsFor(most + 1)).toEqual([most, 1]);
  });
});

describe("an expiry", () => {
  const stores = databaseStores("dynalite");
  const stored = async (key: Key) => {
    const { client, name: TableName } = table(stores());
    const read = new GetItemCommand({ TableName, Key: toKey(key), ConsistentRead: true });
    return (await client.send(read)).Item?.["expiresAt"];
  };

  it("is in seconds, as DynamoDB reads it, and never before its time", async () => {
    const { connections, subscriptions } = stores();
    const expected = { N: String(nowMs / 1_000 + 1) };
    const connection = connectionOf("alice", { expiresAtMs: nowMs + 1 });
    await connections.add(connection, []);
    await connections.addTopics(connection.connectionId, new Map([["room:a", 0]]), 9);
    await connections.end(connection.connectionId);
    expect(await stored(connectionKey(connection.connectionId))).toEqual(expected);
    const at = (room: string) => ({ ...connection, topic: `room:${room}`, shard: 0 });
    await subscriptions.put(at("put"));
    await subscriptions.reserve(at("reserved"));
    await subscriptions.hear(at("heard"), 0);
    await subscriptions.withhold(at("withheld"), 1);
    for (const room of ["put", "reserved", "heard", "withheld"]) {
      expect(await stored(subscriptionKey(at(room)))).toEqual(expected);
    }
  });
});

describe("a look at what leaves the client", () => {
  const stores = databaseStores("dynalite");

  it("fails a read that is weak, but an index's", async () => {
    const { client, name: TableName } = table(stores());
    const get = client.send(new GetItemCommand({ TableName, Key: toKey({ pk: "a", sk: "b" }) }));
    await expect(get).rejects.toThrow("GetItem reads weakly");
    const query = {
      TableName,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: "a" } },
    };
    await expect(client.send(new QueryCommand(query))).rejects.toThrow("Query reads weakly");
    expect(faultOf("Query", { IndexName: "gateways" })).toBeUndefined();
    const keys = (ConsistentRead: boolean) => ({
      RequestItems: { [TableName]: { ConsistentRead } },
    });
    expect(faultOf("BatchGetItem", keys(false))).toBe("reads weakly");
    expect(faultOf("BatchGetItem", keys(true))).toBeUndefined();
  });

  it("fails an update that moves an expiry", () => {
    const update = (value: string) => ({
      UpdateExpression: `SET expiresAt = ${value} ADD spent :c`,
    });
    expect(faultOf("UpdateItem", update(":e"))).toBe("changes an expiry");
    expect(faultOf("UpdateItem", update("if_not_exists(expiresAt, :e)"))).toBeUndefined();
  });

  it("fails an expiry in milliseconds", () => {
    const item = (expiresAt: number) => ({ Item: { expiresAt: { N: String(expiresAt) } } });
    expect(faultOf("PutItem", item(nowMs / 1_000))).toBeUndefined();
    expect(faultOf("PutItem", item(nowMs))).toBe("has an expiry that is not in seconds");
  });
});
