/** `npm run erase-user`: nothing of a user is left but places in logs, wherever a run is killed. */
import { randomUUID } from "node:crypto";
import {
  BatchWriteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { putAll } from "../../lib/adapters/dynamodb/batch.ts";
import type { Table } from "../../lib/adapters/dynamodb/client.ts";
import type { Item } from "../../lib/adapters/dynamodb/items.ts";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import { defaultTablePrefix } from "../../local/emulator/database/tables.ts";
import { freePort } from "../../local/emulator/freePort.ts";
import { eraseUser } from "../../local/operate/eraseUser.ts";
import { exportUser, type Fact } from "../../local/operate/exportUser.ts";
import { verifyLogs } from "../../local/operate/verifyLogs.ts";
import type { Tables } from "../support/dynamoStores.ts";
import { runToEnd } from "./processes.ts";
import { everyItem, freshTables, logIn, secret, type Town, town, worldOn } from "./userTown.ts";

let database: Database;
let port: number;
/** As it was before anybody was erased. */
let before: { tables: Tables; there: Town; items: { rooms: Item[]; connections: Item[] } };

beforeAll(async () => {
  const databasePort = await freePort();
  // The command finds the database by the copy's first port.
  port = databasePort - 3;
  database = await startDatabase({ kind: "dynalite", port: databasePort });
  const tables = await freshTables(database.endpoint, defaultTablePrefix);
  const there = await town(tables);
  const items = {
    rooms: (await everyItem({ ...tables, connections: tables.rooms })).map(asItem),
    connections: (await everyItem({ ...tables, rooms: tables.connections })).map(asItem),
  };
  before = { tables, there, items };
});
afterAll(() => database.stop());

const asItem = (json: string) => JSON.parse(json) as Item;

/** Tables of their own that hold what those of the town do. */
async function copied(): Promise<Tables> {
  const tables = await freshTables(database.endpoint, randomUUID());
  const distinct = (items: Item[]) => [...new Map(items.map((one) => [keyOf(one), one])).values()];
  await putAll(tables.rooms, distinct(before.items.rooms));
  await putAll(tables.connections, distinct(before.items.connections));
  return tables;
}

const keyOf = ({ pk, sk }: Item) => `${pk?.S} ${sk?.S}`;

type Command = Parameters<DynamoDBClient["send"]>[0];
type Send = (command: Command) => Promise<unknown>;

/** The tables, each request to which goes through `asked`. */
function sendingThrough(
  tables: Tables,
  asked: (send: Send, command: Command) => Promise<unknown>,
): Tables {
  const client = new Proxy(tables.rooms.client, {
    get: (target, name) =>
      name === "send"
        ? (command: Command) => asked((one) => target.send(one), command)
        : Reflect.get(target, name),
  });
  const on = ({ name }: Table): Table => ({ name, client });
  return { rooms: on(tables.rooms), connections: on(tables.connections) };
}

/**
 * Dies at its n-th write, and never hears what became of it. A run that dies ahead of its n-th
 * write leaves what one leaves that died at the write before.
 */
function dying(tables: Tables, writes: number): Tables {
  let left = writes;
  return sendingThrough(tables, async (send, command) => {
    if (left === 0) throw new Error("killed");
    if (isWrite(command)) left -= 1;
    const answer = await send(command);
    if (left === 0) throw new Error("killed");
    return answer;
  });
}

const isWrite = (command: unknown) =>
  [PutItemCommand, UpdateItemCommand, BatchWriteItemCommand].some((one) => command instanceof one);

const logsOf = (tables: Tables, room: string) =>
  dynamoMessageLog(tables.rooms).list(room, { limit: 500, order: "oldest first" });

const isTheirs = (event: LogEvent): event is MessageEvent =>
  event.kind === "message" && event.from === "alice";

async function factsOf(tables: Tables): Promise<Fact[]> {
  const facts: Fact[] = [];
  for await (const fact of exportUser(tables, "alice")) facts.push(fact);
  return facts;
}

/** What must be true however often a run was killed. */
async function expectErased(tables: Tables): Promise<void> {
  expect((await everyItem(tables)).filter((item) => item.includes(secret))).toEqual([]);
  expect(await factsOf(tables)).toEqual([]);
  const verified: string[] = [];
  const { faults } = await verifyLogs(tables.rooms, before.there.rooms, {
    fault: (room, fault) => verified.push(`${room}: ${fault}`),
  });
  expect([faults, verified]).toEqual([0, []]);
  for (const room of before.there.rooms) await expectPlacesKept(tables, room);
}

async function expectPlacesKept(tables: Tables, room: string): Promise<void> {
  const places = (events: readonly LogEvent[]) =>
    events.map(({ seq, n, tag, prev, from, cid }) => ({ seq, n, tag, prev, from, cid }));
  const was = await logIn(before.there, room);
  const now = await logsOf(tables, room);
  expect(places(now.slice(0, was.length))).toEqual(places(was));
  for (const event of now.filter(isTheirs)) {
    expect(event).toMatchObject({ deleted: { by: "author" } });
    expect(now).toContainEqual(
      expect.objectContaining({ kind: "changed", of: event.seq, v: event.v }),
    );
  }
  for (const { kind } of now.slice(was.length)) expect(["changed", "member"]).toContain(kind);
}

describe("erasing a user", () => {
  it("leaves places in logs, and takes everything that the user wrote and was", async () => {
    const tables = await copied();
    expect(await eraseUser(tables, "alice")).toEqual({ isBack: false });
    await expectErased(tables);
    const [reacted] = await worldOn(tables).ports.log.findAll("general", [2]);
    expect(reacted).toMatchObject({ reactions: [{ emoji: "👍", count: 1, users: ["bob"] }] });
    const left = (await everyItem(tables)).filter((item) =>
      /USER#alice|SPENT#alice|@alice/.test(item),
    );
    expect(left).toEqual([]);
  });

  it("is completed by the next run, wherever one is killed", async () => {
    for (let writes = 1; ; writes += 1) {
      const tables = await copied();
      const killed = await eraseUser(dying(tables, writes), "alice").then(
        () => false,
        (error: Error) => error.message === "killed",
      );
      if (!killed) break;
      await eraseUser(tables, "alice");
      await expectErased(tables);
      expect(writes).toBeLessThan(200);
    }
  });

  it("sets off no function of the stream, and repeats nothing when it is run again", async () => {
    const tables = await copied();
    const known = new Set(before.items.rooms.map((item) => JSON.stringify(item)));
    await eraseUser(tables, "alice");
    const erased = await everyItem(tables);
    const changed = erased.filter((item) => !known.has(item) && item.includes('"LOG#'));
    expect(changed.length).toBeGreaterThan(5);
    expect(changed.filter((item) => /"announce"|"delivery"/.test(item))).toEqual([]);
    await eraseUser(tables, "alice");
    expect(await everyItem(tables)).toEqual(erased);
  });

  it("lets a moderator lead a room in place of its last owner", async () => {
    const tables = await copied();
    const { led } = before.there;
    const said: string[] = [];
    await eraseUser(tables, "alice", { isDryRun: true, progress: (text) => said.push(text) });
    expect(said).toEqual([`${led} is led by bob from now on`]);
    await eraseUser(tables, "alice");
    expect((await worldOn(tables).ports.rooms.find(led)).owners).toEqual(["bob"]);
  });

  it("says that the user is connected again", async () => {
    const tables = await copied();
    const here = worldOn(tables);
    const comesBack = sendingThrough(tables, async (send, command) => {
      const answer = await send(command);
      if (JSON.stringify(command.input).includes("BLOCK#mallory") && isWrite(command)) {
        await here.as("alice");
      }
      return answer;
    });
    const { isBack } = await eraseUser(comesBack, "alice");
    expect(isBack).toBe(true);
  });
});

describe("npm run erase-user", () => {
  const run = (...args: string[]) =>
    runToEnd("eraseUser.ts", { args: ["--port", String(port), ...args] });

  it("counts in a dry run what it would erase, and changes nothing; then erases it", async () => {
    const items = await everyItem(before.tables);
    const dry = await run("--user", "alice", "--dry-run");
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.output).toMatch(/^to erase .*message: 5, .*thread: 1.*block: 1\n$/);
    expect(await everyItem(before.tables)).toEqual(items);
    const done = await run("--user", "alice");
    expect(done.output).toBe(dry.output.replace("to erase", "erased"));
    expect(await run("--user", "alice")).toMatchObject({ code: 0, output: "erased nothing\n" });
  });

  it("refuses a user that is none, in one line", async () => {
    const { code, errors } = await run("--user", "");
    expect([code, errors]).toEqual([
      1,
      expect.stringMatching(/^unable to erase a user; [^\n]+\n$/),
    ]);
  });
});
