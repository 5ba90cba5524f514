/** `npm run verify-log`: finds each way in which a log can be broken; nothing in a whole one. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Table } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoExpiry } from "../../lib/adapters/dynamodb/expiry.ts";
import { eventKey, toItem, toKey } from "../../lib/adapters/dynamodb/items.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import { createTables, localClient } from "../../local/emulator/database/tables.ts";
import { freePort } from "../../local/emulator/freePort.ts";
import { verifyLogs } from "../../local/operate/verifyLogs.ts";

let database: Database;
let rooms: Table;
let port: number;

beforeAll(async () => {
  const databasePort = await freePort();
  // The command finds the database by the copy's first port.
  port = databasePort - 3;
  database = await startDatabase({ kind: "dynalite", port: databasePort });
  const { Rooms: name } = await createTables(database.endpoint);
  rooms = { client: localClient(database.endpoint), name: String(name) };
});
afterAll(() => database.stop());

const tagOf = (seq: number) => `tag${seq}`.padEnd(8, "-");

/** Events of a whole log, of which three are more than a page of a query or scan (1 MB). */
function eventsUpTo(last: number) {
  return Array.from({ length: last }, (_, index) => {
    const seq = index + 1;
    const place = { seq, n: seq, tag: tagOf(seq), ...(seq > 1 && { prev: tagOf(seq - 1) }) };
    const message = { kind: "message", from: "alice", cid: `c-${seq}`, sentAtMs: 1 };
    return { ...place, ...message, text: "x".repeat(350_000) };
  });
}

async function put(room: string, events: readonly { seq: number }[]): Promise<void> {
  for (const { seq, ...attributes } of events) {
    const Item = toItem(eventKey(room, seq), attributes);
    await rooms.client.send(new PutItemCommand({ TableName: rooms.name, Item }));
  }
}

async function remove(room: string, seq: number): Promise<void> {
  const Key = toKey(eventKey(room, seq));
  await rooms.client.send(new DeleteItemCommand({ TableName: rooms.name, Key }));
}

async function verified(...names: string[]) {
  const found: string[] = [];
  const fault = (room: string, what: string) => found.push(`${room}: ${what}`);
  return { ...(await verifyLogs(rooms, names, { fault })), found };
}

describe("verifying logs", () => {
  it("finds nothing in whole logs, whatever else the table holds", async () => {
    await put("whole", eventsUpTo(5));
    await dynamoMessageLog(rooms).setDelivery("whole", "stream");
    expect(await verified("whole")).toEqual({ rooms: 1, events: 5, faults: 0, found: [] });
  });

  it.each([
    ["a wrong count", { n: 4 }, "position 3 says n 4 and is message number 3"],
    [
      "another event before",
      { prev: "other---" },
      `follows the event other---, and ${tagOf(2)} is`,
    ],
    ["a message that is there twice", { cid: "c-1" }, "position 3 holds c-1 of alice again"],
    ["an event that cannot be read", { text: 7 }, "position 3 is not an event"],
  ])("finds %s", async (_, wrong, fault) => {
    const room = randomUUID();
    await put(room, eventsUpTo(3).with(2, { ...eventsUpTo(3)[2], ...wrong } as never));
    expect((await verified(room)).found).toContainEqual(expect.stringContaining(fault));
  });

  it("begins where the room says that its log begins, and looks at nothing before", async () => {
    const room = randomUUID();
    await put(room, eventsUpTo(5));
    await dynamoExpiry(rooms).begin(room, { seq: 4, n: 3 });
    await remove(room, 2);
    expect(await verified(room)).toMatchObject({ events: 4, found: [] });
    await remove(room, 1);
    await remove(room, 3);
    expect(await verified(room)).toMatchObject({ events: 2, found: [] });
    await remove(room, 4);
    const fault = `${room}: position 5 comes after 3: 1 are missing`;
    expect((await verified(room)).found).toEqual([fault]);
  });

  it("reads every room of the table when none is named", async () => {
    await put("first", eventsUpTo(4));
    await put("second", eventsUpTo(4));
    await remove("second", 3);
    const { found } = await verified();
    const named = found.filter((fault) => /^(first|second):/.test(fault));
    expect(named).toEqual(["second: position 4 comes after 2: 1 are missing"]);
  });
});

describe("npm run verify-log", () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["local/run.mjs", "local/verifyLog.ts", ...args]);

  it("says how much it read when all is well", async () => {
    await put("spoken", eventsUpTo(3));
    const { stdout } = await run("--port", String(port), "spoken");
    expect(stdout).toBe("0 faults in 3 events of 1 rooms\n");
  });

  it("names each fault, and fails", async () => {
    await put("broken", eventsUpTo(3));
    await remove("broken", 2);
    await expect(run("--port", String(port), "broken")).rejects.toMatchObject({
      code: 1,
      stdout: "broken: position 3 comes after 1: 1 are missing\n",
      stderr: "unable to verify the logs; 1 faults in 2 events of 1 rooms\n",
    });
  });

  it.each([
    [["--port", "1"], "the tables cannot be reached"],
    [["--connections", "x"], "--rooms names no table"],
    [["--port", "1", "--rooms", "x"], "--port is for a local copy"],
  ])("refuses %j in one line", async (args, reason) => {
    await expect(run(...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(`^unable to verify the logs; ${reason}.*\n$`),
    });
  });
});
