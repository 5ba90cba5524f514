/** What every store promises of the connections of a gateway, and of the list of gateways. */
import { randomUUID } from "node:crypto";
import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "vitest";
import { dynamoGatewayList, replaceGateways } from "../../lib/adapters/dynamodb/gateways.ts";
import { toItem, toKey } from "../../lib/adapters/dynamodb/items.ts";
import { mapInFlight } from "../../lib/concurrency.ts";
import type { GatewayConnections } from "../../lib/ports.ts";
import type { Gateway } from "../../lib/protocol/gateways.ts";
import { connectionOf, nowMs } from "../support/fixtures.ts";
import { databaseStores, describeStores, type Stores } from "./stores.ts";

const newGateway = () => `http://${randomUUID()}.example/dev`;

/** Connections of a new gateway, each expiring so many seconds from now. */
async function connected({ connections }: Stores, expiresInSeconds: number[]) {
  const gateway = newGateway();
  const all = expiresInSeconds.map((seconds) =>
    connectionOf("alice", {
      connectionId: `${randomUUID()}=`,
      gateway,
      expiresAtMs: nowMs + seconds * 1_000,
    }),
  );
  await mapInFlight(all, 16, (connection) => connections.add(connection, ["user:alice"]));
  return { gateway, ids: all.map(({ connectionId }) => connectionId) };
}

async function listed(from: GatewayConnections, gateway: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of from.list(gateway)) ids.push(...page);
  return ids.sort();
}

describeStores("the connections of a gateway", (stores) => {
  it("are counted and listed, and no other gateway's", async () => {
    const { gatewayConnections } = stores();
    const here = await connected(stores(), Array(40).fill(60));
    const there = await connected(stores(), [60, 60]);
    expect(await gatewayConnections.count(here.gateway, nowMs)).toBe(40);
    expect(await listed(gatewayConnections, here.gateway)).toEqual(here.ids.sort());
    expect(await gatewayConnections.count(there.gateway, nowMs)).toBe(2);
    expect(await gatewayConnections.count(newGateway(), nowMs)).toBe(0);
    expect(await listed(gatewayConnections, newGateway())).toEqual([]);
  });

  it("count until they expire, so that a crash heals, and are listed until removed", async () => {
    const { gatewayConnections } = stores();
    const { gateway, ids } = await connected(stores(), [-1, 0, 1, 60]);
    expect(await gatewayConnections.count(gateway, nowMs)).toBe(2);
    expect(await gatewayConnections.count(gateway, nowMs + 59_999)).toBe(1);
    expect(await gatewayConnections.count(gateway, nowMs + 60_000)).toBe(0);
    expect(await listed(gatewayConnections, gateway)).toEqual(ids.sort());
  });

  it("are one less after one is removed, by either caller and however often", async () => {
    const { connections, gatewayConnections } = stores();
    const { gateway, ids } = await connected(stores(), [60, 60, 60]);
    const [gone = "", ending = ""] = ids;
    await connections.addTopics(gone, new Map([["room:a", 0]]), 9);
    await connections.end(ending);
    expect(await gatewayConnections.count(gateway, nowMs)).toBe(3);
    await Promise.all([1, 2, 3].map(() => connections.removeAll([gone])));
    await connections.removeAll([gone]);
    expect(await gatewayConnections.count(gateway, nowMs)).toBe(2);
    await connections.removeAll(ids);
    expect(await gatewayConnections.count(gateway, nowMs)).toBe(0);
  });
});

describe("the list of gateways", () => {
  const stores = databaseStores("dynalite");
  const rooms = () => stores().tables?.rooms ?? expect.fail("no table");
  const gateway = (name: string, changes: Partial<Gateway> = {}): Gateway => ({
    name,
    url: `wss://${name}.example`,
    endpoint: `https://${name}.example/dev`,
    weight: 1,
    state: "open",
    ...changes,
  });

  it("is what it was made, and nothing else", async () => {
    const list = () => dynamoGatewayList(rooms()).list();
    expect(await list()).toEqual([]);
    const full = gateway("eu-2", { capacity: 10, weight: 0.5, state: "draining", region: "eu" });
    await replaceGateways(rooms(), [gateway("eu-1"), full]);
    expect(await list()).toEqual([gateway("eu-1"), full]);
    await replaceGateways(rooms(), [gateway("eu-2"), gateway("eu-3")]);
    expect(await list()).toEqual([gateway("eu-2"), gateway("eu-3")]);
    await replaceGateways(rooms(), []);
    expect(await list()).toEqual([]);
  });

  it("is kept for a while, and asked for once by all who ask at once", async () => {
    await replaceGateways(rooms(), [gateway("eu-1")]);
    const keeping = dynamoGatewayList(rooms(), 3_600_000);
    const asking = keeping.list();
    expect(keeping.list()).toBe(asking);
    await asking;
    await replaceGateways(rooms(), []);
    expect(await keeping.list()).toHaveLength(1);
    expect(await dynamoGatewayList(rooms(), 0).list()).toHaveLength(0);
  });

  it("is refused while an item is not of its form, and asked for again after that", async () => {
    const { client, name: TableName } = rooms();
    const key = { pk: "GATEWAYS", sk: "broken" };
    await client.send(new PutItemCommand({ TableName, Item: toItem(key, { url: "nowhere" }) }));
    const keeping = dynamoGatewayList(rooms(), 3_600_000);
    await expect(keeping.list()).rejects.toThrow();
    await client.send(new DeleteItemCommand({ TableName, Key: toKey(key) }));
    expect(await keeping.list()).toEqual([]);
  });
});
