/**
 * Gateways in DynamoDB: how they are configured, one item each in one partition of the Rooms table,
 * and which connections each has, by an index of the Connections table.
 */
import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import type { GatewayConnections, GatewayList } from "../../ports.ts";
import type { Gateway } from "../../protocol/gateways.ts";
import { limits } from "../../protocol/limits.ts";
import type { Table } from "./client.ts";
import {
  connectionKey,
  fromItem,
  gatewayIndex,
  gatewayItem,
  gatewayKey,
  gatewayPart,
  type Item,
  toItem,
  toKey,
} from "./items.ts";
import { pagesOf, readAhead } from "./read.ts";

/** Asks the table again when so much time has passed, once for all who ask meanwhile. */
export function dynamoGatewayList(
  table: Table,
  keptMs: number = limits.gatewaysKeptMs,
): GatewayList {
  let kept: { gateways: Promise<Gateway[]>; untilMs: number } | undefined;
  return {
    list() {
      const nowMs = Date.now();
      if (kept && nowMs < kept.untilMs) return kept.gateways;
      const gateways = readGateways(table);
      const asked = { gateways, untilMs: nowMs + keptMs };
      kept = asked;
      gateways.catch(() => {
        if (kept === asked) kept = undefined;
      });
      return gateways;
    },
  };
}

/**
 * For the operator: make these the gateways, and no others. Those that stay are never missing in
 * between.
 */
export async function replaceGateways(table: Table, gateways: readonly Gateway[]): Promise<void> {
  const { client, name: TableName } = table;
  for (const { name, ...attributes } of gateways) {
    const Item = toItem(gatewayKey(name), attributes);
    await client.send(new PutItemCommand({ TableName, Item }));
  }
  const names = new Set(gateways.map(({ name }) => name));
  for (const { name } of await readGateways(table)) {
    if (names.has(name)) continue;
    await client.send(new DeleteItemCommand({ TableName, Key: toKey(gatewayKey(name)) }));
  }
}

async function readGateways(table: Table): Promise<Gateway[]> {
  const items = pagesOf(table, {
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": { S: gatewayKey("").pk } },
    ConsistentRead: true,
  });
  const gateways: Gateway[] = [];
  for await (const { Items = [] } of items) gateways.push(...Items.map(gatewayFrom));
  return gateways;
}

function gatewayFrom(item: Item): Gateway {
  const { sk, ...gateway } = fromItem(gatewayItem, item);
  return { name: sk, ...gateway };
}

export function dynamoGatewayConnections(table: Table): GatewayConnections {
  const parts = Array.from({ length: limits.gatewayParts }, (_, part) => part);
  const queryOf = (gateway: string, part: number) => ({
    IndexName: gatewayIndex,
    KeyConditionExpression: "gatewayPart = :part",
    ExpressionAttributeValues: { ":part": { S: gatewayPart(gateway, part) } },
  });
  return {
    async count(gateway, nowMs) {
      const counts = parts.map(async (part) => {
        const { KeyConditionExpression, ExpressionAttributeValues, ...query } = queryOf(
          gateway,
          part,
        );
        const now = { ":now": { N: String(Math.floor(nowMs / 1_000)) } };
        const pages = pagesOf(table, {
          ...query,
          Select: "COUNT",
          KeyConditionExpression: `${KeyConditionExpression} AND expiresAt > :now`,
          ExpressionAttributeValues: { ...ExpressionAttributeValues, ...now },
        });
        let count = 0;
        for await (const { Count = 0 } of pages) count += Count;
        return count;
      });
      return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    },
    async *list(gateway) {
      for (const part of parts) {
        const pages = readAhead(pagesOf(table, queryOf(gateway, part)));
        for await (const { Items = [] } of pages) {
          yield Items.map(({ pk }) => String(pk?.S).slice(connectionKey("").pk.length));
        }
      }
    },
  };
}
