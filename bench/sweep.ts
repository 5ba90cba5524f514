/**
 * How fast the sweep deletes what is past its time, and what that takes: with the latencies of AWS
 * in virtual time, so that it comes out the same on every machine.
 */
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { virtualTime } from "../capacity/measuring/virtualTime.ts";
import { sweep } from "../lib/actions/messages/sweep.ts";
import { type Item, reactorKey, toKey } from "../lib/adapters/dynamodb/items.ts";
import { limits } from "../lib/protocol/limits.ts";
import { startDatabase } from "../local/emulator/database/database.ts";
import { localClient } from "../local/emulator/database/tables.ts";
import { putAll } from "../test/support/putAll.ts";
import { messageItem } from "./messageItem.ts";
import { meteredService } from "./meteredService.ts";
import type { Bar, Outcome, Row } from "./outcome.ts";
import { latencies } from "./roomOfFour.ts";

export const about = "the sweep of what is past its time: units, and how much one run deletes";

/** As Lambda gives the function, less what it keeps to end in. */
const runMs = 14 * 60_000;
const reactionsEach = 5;
/** A condition is asked of nothing, so a message costs what deleting its item does. */
const writeUnitsMost = 1.1;

interface Scene {
  name: string;
  rooms: number;
  messages: number;
  reactions?: number;
  isRecent?: true;
  /** What is counted by. */
  by: "rooms" | "messages";
}

const scenes: Scene[] = [
  { name: "a message", rooms: 8, messages: 300, by: "messages" },
  {
    name: `a message with ${reactionsEach} reactions`,
    ...{ rooms: 8, messages: 100, reactions: reactionsEach, by: "messages" },
  },
  { name: "a message of one busy room", rooms: 1, messages: 1_000, by: "messages" },
  { name: "a room with nothing to delete", rooms: 400, messages: 2, isRecent: true, by: "rooms" },
];

export async function run(): Promise<Outcome> {
  // Not stopped: it ends with this process.
  const { endpoint } = await startDatabase({ kind: "dynalite" });
  const rows: Row[] = [];
  for (const scene of scenes) rows.push(await measured(endpoint, scene, `sweep-${rows.length}-`));
  return {
    tables: [{ title: "Deleting what is past its time, with the latencies of AWS", rows }],
    bars: [
      {
        promise: "write units for deleting a message",
        measured: Number(rows[0]?.["write units"]),
        most: writeUnitsMost,
      } satisfies Bar,
    ],
    notes: [
      `Virtual time: a table request takes ${latencies.tableMs} ms, and our own work none. A run ` +
        `begins every hour and has ${runMs / 60_000} minutes. Where many rooms are swept at once ` +
        "the processor is what bounds it: a table request takes about half a millisecond of it.",
    ],
  };
}

async function measured(endpoint: string, scene: Scene, prefix: string): Promise<Row> {
  const time = virtualTime();
  const service = await meteredService(endpoint, prefix, {
    request: (work) => time.pass(latencies.tableMs, work),
    post: async () => {},
  });
  const { ports, expiry, rooms } = service;
  await fill(endpoint, rooms, scene, ports.clock.nowMs());
  const startedAtMs = time.nowMs();
  const { readUnits, writeUnits, tableRequests } = await service.costOf(() =>
    sweep(Number.POSITIVE_INFINITY, { ...ports, expiry, longestMs: limits.retentionMsLeast }),
  );
  const tookMs = time.nowMs() - startedAtMs;
  service.close();
  const count = scene.rooms * (scene.by === "rooms" ? 1 : scene.messages);
  return {
    what: scene.name,
    "write units": writeUnits / count,
    "read units": readUnits / count,
    requests: tableRequests / count,
    "a second": Math.round(count / (tookMs / 1_000)),
    "a run": Math.round((count / tookMs) * runMs),
  };
}

/** Twice as old as they may be, or an hour old. The newest of each log stays, and is counted. */
async function fill(endpoint: string, rooms: string, scene: Scene, nowMs: number): Promise<void> {
  const ageMs = scene.isRecent ? 60 * 60_000 : 2 * limits.retentionMsLeast;
  const client = localClient(endpoint);
  const items: Item[] = [];
  for (let room = 0; room < scene.rooms; room += 1) {
    for (let seq = 1; seq <= scene.messages; seq += 1) {
      items.push(messageItem(`room-${room}`, seq, nowMs - ageMs));
      for (let user = 0; user < (scene.reactions ?? 0); user += 1) {
        const key = reactorKey(`room-${room}`, seq, `user-${user}`);
        items.push({ ...toKey(key), "👍": { N: "1" } });
      }
    }
  }
  await putAll({ client, name: rooms }, async (table) => {
    for (const Item of items) {
      await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
    }
  });
  client.destroy();
}
