/** What a batch left undone is found out when nobody asked for it again, and only then. */
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { dynamoClient } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoConnections } from "../../lib/adapters/dynamodb/connections.ts";
import { dynamoSubscriptions } from "../../lib/adapters/dynamodb/subscriptions.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import {
  createTables,
  localClient,
  localCredentials,
  localRegion,
} from "../../local/emulator/database/tables.ts";
import { connectionOf } from "../support/fixtures.ts";
import { hangMs } from "../support/hang.ts";
import { faultProxy } from "./faultProxy.ts";
import { createLeftovers } from "./leftovers.ts";

let database: Database;
let connectionsTable: string;
beforeAll(async () => {
  process.env["AWS_REGION"] ??= localRegion;
  process.env["AWS_ACCESS_KEY_ID"] ??= localCredentials.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] ??= localCredentials.secretAccessKey;
  database = await startDatabase({ kind: "dynalite" });
  connectionsTable = String((await createTables(database.endpoint))["Connections"]);
});
afterAll(() => database.stop());

/** Forgets a connection of four topics; the first batch is left undone in part. */
async function forgotten(connectionId: string, { isHidden = false, isHalfWay = false }) {
  const faults = ["unprocessed" as const];
  const leftovers = createLeftovers();
  const proxy = await faultProxy({
    databaseUrl: database.endpoint,
    plan: {
      next: (applies = () => true) => {
        const kind = faults.find(applies) && faults.pop();
        return kind && { kind, strength: 0.5 };
      },
      end() {},
    },
    happened: () => {},
    done: leftovers.done,
    leaves: leftovers.left,
    hidesLeftovers: isHidden,
  });
  const behindProxy = dynamoClient({ endpoint: proxy.url, requestMs: hangMs, connectMs: hangMs });
  const client = localClient(database.endpoint);
  onTestFinished(async () => {
    behindProxy.destroy();
    client.destroy();
    await proxy.stop();
  });
  const table = { client: behindProxy, name: connectionsTable };
  const [connections, subscriptions] = [dynamoConnections(table), dynamoSubscriptions(table)];
  const topics = ["room:a", "room:b", "room:c", "user:alice"];
  const connection = connectionOf("alice", { connectionId });
  await connections.add(connection, topics);
  const keys = topics.map((topic) => ({ topic, shard: 0, connectionId }));
  for (const key of keys) await subscriptions.put({ ...connection, ...key });
  await subscriptions.removeAll(keys);
  if (!isHalfWay) await connections.removeAll([connectionId]);
  expect(faults).toEqual([]);
  return {
    unnamed: () => leftovers.unnamed({ client, connectionsTable }, 0),
    comeBack: () => subscriptions.put({ ...connection, topic: "user:alice", shard: 0 }),
  };
}

it("blames nobody where all was asked for again", async () => {
  const { unnamed } = await forgotten("well", {});
  expect(await unnamed()).toEqual([]);
});

it("sees subscriptions that outlive their connection (promise 8)", async () => {
  const { unnamed } = await forgotten("left", { isHidden: true });
  const story = (topic: string) =>
    `left is subscribed to ${topic}, and nothing names that any more`;
  expect(await unnamed()).toEqual([
    { promise: 8, story: story("room:c"), at: 0 },
    { promise: 8, story: story("user:alice"), at: 0 },
  ]);
});

it("lets be what the connection still names, and what was put anew", async () => {
  const halfWay = await forgotten("half-way", { isHidden: true, isHalfWay: true });
  expect(await halfWay.unnamed()).toEqual([]);
  const { unnamed, comeBack } = await forgotten("back", { isHidden: true });
  await comeBack();
  expect(await unnamed()).toHaveLength(1);
});
