/** The databases that local emulation starts, and the tables it makes in them. */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DescribeTableCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Database,
  type DatabaseOptions,
  databaseAt,
  startDatabase,
} from "../../local/emulator/database/database.ts";
import { createTables, localClient } from "../../local/emulator/database/tables.ts";
import { databaseKinds } from "./java.ts";
import { isListening } from "./processes.ts";

let running: Database | undefined;
afterEach(() => running?.stop());

describe.each(databaseKinds)("the database %s", (kind) => {
  const start = async (options: Omit<DatabaseOptions, "kind"> = {}) => {
    running = await startDatabase({ kind, ...options });
    return running.endpoint;
  };

  it("keeps its tables in a folder of its own, except those that must start empty", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-"));
    const Item = { pk: { S: "a" }, sk: { S: "b" } };
    let endpoint = await start({ folder });
    const names = await createTables(endpoint);
    expect(names).toEqual({ Connections: "parley-connections", Rooms: "parley-rooms" });
    const client = localClient(endpoint);
    for (const TableName of Object.values(names)) {
      await client.send(new PutItemCommand({ TableName, Item }));
    }
    const { Rooms } = await createTables(endpoint, "other-");
    const { Table } = await client.send(new DescribeTableCommand({ TableName: Rooms }));
    expect(Table).toMatchObject({
      TableName: "other-rooms",
      TableStatus: "ACTIVE",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    });
    const inUse = `another copy is using ${folder}`;
    await expect(startDatabase({ kind, folder })).rejects.toThrow(inUse);
    await running?.stop();

    endpoint = await start({ folder });
    await createTables(endpoint, undefined, { recreate: ["Connections"] });
    const find = (TableName?: string) =>
      localClient(endpoint).send(new GetItemCommand({ TableName, Key: Item }));
    expect((await find(names["Rooms"])).Item).toEqual(Item);
    expect((await find(names["Connections"])).Item).toBeUndefined();
  });

  it("ends with the process that started it, even after kill -9", async () => {
    const starter = `
      import { startDatabase } from "./local/emulator/database/database.ts";
      console.log((await startDatabase({ kind: "${kind}" })).endpoint);
      setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ["--import", "./local/typescript.mjs", "--input-type", "module", "--eval", starter],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const endpoint = await new Promise<string>((found, failed) => {
      child.stdout.once("data", found);
      child.once("exit", () => failed(new Error("the program ended before it had a database")));
    });
    const port = Number(new URL(String(endpoint)).port);
    expect(await isListening(port)).toBe(true);

    child.kill("SIGKILL");
    while (await isListening(port)) await new Promise((resolve) => setTimeout(resolve, 20));
  });
});

describe("no database starts", () => {
  it.each([
    ["in a file", fileURLToPath(import.meta.url)],
    ["where no folder can be made", "/proc/nope"],
  ])("%s", async (_, folder) => {
    await expect(startDatabase({ kind: "dynalite", folder })).rejects.toThrow(
      `unable to start; ${folder} cannot hold the data`,
    );
  });

  it("at an endpoint where nothing answers", async () => {
    await expect(databaseAt("http://127.0.0.1:1")).rejects.toThrow("nothing answers");
  });
});
