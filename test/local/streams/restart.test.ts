/** What becomes of a stream when its database is started again on the same folder. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, expect, it } from "vitest";
import { type Database, startDatabase } from "../../../local/emulator/database/database.ts";
import { createTables, localClient } from "../../../local/emulator/database/tables.ts";
import { databaseKinds } from "../java.ts";
import { type StreamedTable, streamedTable, streamOf, trimHorizon } from "./table.ts";

let running: Database | undefined;
afterEach(() => running?.stop());

const put = ({ client, TableName }: Pick<StreamedTable, "client" | "TableName">, sk: string) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: "a" }, sk: { S: sk } } }));
const last = async (table: StreamedTable, sk: string) => {
  for (let count = 1; ; count++) {
    const record = (await table.read(trimHorizon, count)).at(-1)?.dynamodb;
    if (record?.Keys?.["sk"]?.S === sk) return BigInt(record.SequenceNumber ?? "");
  }
};

it.each(
  databaseKinds,
)("a stream goes on under its name and with higher numbers, on %s", async (kind) => {
  const folder = mkdtempSync(join(tmpdir(), "parley-"));
  running = await startDatabase({ kind, folder });
  const before = await streamedTable(running.endpoint);
  await put(before, "1");
  const number = await last(before, "1");
  await makeKept(running.endpoint);
  await running.stop();

  running = await startDatabase({ kind, folder });
  const { endpoint } = running;
  const after = await streamOf(endpoint, localClient(endpoint), before.TableName);
  expect(after.StreamArn).toBe(before.StreamArn);
  await put(after, "2");
  expect(await last(after, "2")).toBeGreaterThan(number);

  // A table that was kept without a stream is given one, once.
  const streamed = { StreamSpecification: { StreamViewType: "NEW_IMAGE" } };
  const TableName = await makeKept(endpoint, streamed);
  await makeKept(endpoint, streamed);
  const kept = await streamOf(endpoint, localClient(endpoint), TableName);
  await put(kept, "1");
  await last(kept, "1");
});

async function makeKept(endpoint: string, more: object = {}): Promise<string> {
  const Properties = {
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" },
      { AttributeName: "sk", AttributeType: "S" },
    ],
    KeySchema: [
      { AttributeName: "pk", KeyType: "HASH" },
      { AttributeName: "sk", KeyType: "RANGE" },
    ],
    ...more,
  };
  const resources = { Rooms: { Type: "AWS::DynamoDB::Table", Properties } };
  const { Rooms = "" } = await createTables(endpoint, "kept-", { resources });
  return Rooms;
}
