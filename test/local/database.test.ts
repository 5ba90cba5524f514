/** The databases that local emulation starts, and the tables it makes in them. */
import { spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTableCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Database,
  type DatabaseOptions,
  startDatabase,
} from "../../local/emulator/database/database.ts";
import { createTables, localClient } from "../../local/emulator/database/tables.ts";
import { hasJava } from "./java.ts";
import { isListening } from "./processes.ts";

let running: Database | undefined;
afterEach(() => running?.stop());

const kinds = hasJava ? (["dynalite", "local"] as const) : (["dynalite"] as const);

describe.each(kinds)("the database %s", (kind) => {
  const start = async (options: Omit<DatabaseOptions, "kind"> = {}) => {
    running = await startDatabase({ kind, ...options });
    return running.endpoint;
  };

  it("has the tables of serverless.yml, under any prefix", async () => {
    const endpoint = await start();
    expect(await createTables(endpoint)).toEqual({
      Connections: "parley-connections",
      Rooms: "parley-rooms",
    });
    const { Rooms } = await createTables(endpoint, "other-");

    const client = localClient(endpoint);
    const { Table } = await client.send(new DescribeTableCommand({ TableName: Rooms }));
    expect(Table).toMatchObject({
      TableName: "other-rooms",
      TableStatus: "ACTIVE",
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
    });
  });

  it("keeps its folder across restarts, but for tables to start empty", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-"));
    const Item = { pk: { S: "a" }, sk: { S: "b" } };
    let endpoint = await start({ folder });
    let names = await createTables(endpoint);
    for (const TableName of Object.values(names)) {
      await localClient(endpoint).send(new PutItemCommand({ TableName, Item }));
    }
    await running?.stop();

    endpoint = await start({ folder });
    names = await createTables(endpoint, undefined, { recreate: ["Connections"] });
    const find = (TableName?: string) =>
      localClient(endpoint).send(new GetItemCommand({ TableName, Key: Item }));
    expect((await find(names["Rooms"])).Item).toEqual(Item);
    expect((await find(names["Connections"])).Item).toBeUndefined();
  });

  it("lets nobody else use its folder", async () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-"));
    await start({ folder });
    await expect(startDatabase({ kind, folder })).rejects.toThrow(
      `another copy is using ${folder}`,
    );
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
