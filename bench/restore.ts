/**
 * The part of a restore that grows with the table and is ours: verifying its logs. Also what
 * export-user reads. Each beside a plain scan of the same table that looks at nothing, because a
 * database on this machine is not AWS's: the ratio is ours, and the rest is the database's. All
 * else that the restore command does is a few requests for a table of any size.
 */
import { PutItemCommand, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import type { Table as DynamoTable } from "../lib/adapters/dynamodb/client.ts";
import { dynamoMemberships } from "../lib/adapters/dynamodb/memberships.ts";
import { startDynamodbLocal } from "../local/emulator/database/dynamodbLocal.ts";
import { dynamodbLocalJar } from "../local/emulator/database/dynamodbLocalJar.ts";
import { createTables, localClient } from "../local/emulator/database/tables.ts";
import { exportUser } from "../local/operate/exportUser.ts";
import type { UserTables } from "../local/operate/userData.ts";
import { verifyLogs } from "../local/operate/verifyLogs.ts";
import { putAll } from "../test/support/putAll.ts";
import { messageItem, text } from "./messageItem.ts";
import type { Outcome, Row } from "./outcome.ts";
import { mediansInTurns, timeOf } from "./sample.ts";

export const about = "verify-log and export-user by table size, beside a plain scan";

const sizes = [1_000, 4_000, 16_000];
const sizesQuick = [1_000, 4_000];
/** DynamoDB Local takes minutes to fill a larger one, which is long enough to measure once. */
const roundsUpTo = 4_000;
const eventsPerRoom = 100;
const member = "alice";
/** Of the time of a plain scan. */
const verifyMost = 3;

export async function run(isQuick: boolean): Promise<Outcome> {
  process.env["DYNAMODB_LOCAL_DIR"] ??= await dynamodbLocalJar();
  const database = await startDynamodbLocal();
  try {
    const rows: Row[] = [];
    for (const events of isQuick ? sizesQuick : sizes) {
      const rounds = isQuick || events > roundsUpTo ? 1 : 3;
      rows.push(await measured(await filled(database.endpoint, events), events, rounds));
    }
    return outcomeOf(rows);
  } finally {
    await database.stop();
  }
}

async function measured(tables: UserTables, events: number, rounds: number): Promise<Row> {
  const medianOf = await mediansInTurns(
    {
      scan: () => timeOf(() => scan(tables.rooms)),
      verify: () => timeOf(() => verify(tables.rooms, events)),
      export: () => timeOf(() => read(tables, events)),
    },
    rounds,
  );
  const perSecond = (name: string) => events / (medianOf(name) / 1_000);
  return {
    events,
    "scan, events/s": perSecond("scan"),
    "verify-log, events/s": perSecond("verify"),
    "verify-log ÷ scan": medianOf("verify") / medianOf("scan"),
    "export-user, events/s": perSecond("export"),
    "export-user ÷ scan": medianOf("export") / medianOf("scan"),
  };
}

async function scan({ client, name }: DynamoTable): Promise<void> {
  let start: ScanCommandOutput["LastEvaluatedKey"];
  do {
    const command = new ScanCommand({
      TableName: name,
      ConsistentRead: true,
      ExclusiveStartKey: start,
    });
    start = ((await client.send(command)) as ScanCommandOutput).LastEvaluatedKey;
  } while (start);
}

async function verify(rooms: DynamoTable, events: number): Promise<void> {
  const verified = await verifyLogs(rooms, [], { fault: () => {} });
  if (verified.events !== events || verified.faults > 0) {
    throw new Error(`verified ${JSON.stringify(verified)} of ${events} events`);
  }
}

async function read(tables: UserTables, events: number): Promise<void> {
  let count = 0;
  const facts = exportUser(tables, member, (soFar) => {
    count = soFar.events;
  });
  for await (const _ of facts);
  if (count !== events) throw new Error(`read ${count} of ${events} events`);
}

/** Tables of their own: so many events, in rooms that one user is a member of. */
async function filled(endpoint: string, events: number): Promise<UserTables> {
  const names = await createTables(endpoint, `bench-${events}-`);
  const client = localClient(endpoint);
  const rooms = { client, name: String(names["Rooms"]) };
  for (let room = 0; room * eventsPerRoom < events; room += 1) {
    await putAll(rooms, (table) => putRoom(table, `room-${room}`));
  }
  return { rooms, connections: { client, name: String(names["Connections"]) } };
}

async function putRoom(table: DynamoTable, room: string): Promise<void> {
  const membership = { joinedAtMs: 1, readSeq: 0, readN: 0 };
  await dynamoMemberships(table).add(member, { room, ...membership });
  for (let seq = 1; seq <= eventsPerRoom; seq += 1) {
    const Item = messageItem(room, seq, 1);
    await table.client.send(new PutItemCommand({ TableName: table.name, Item }));
  }
}

function outcomeOf(rows: readonly Row[]): Outcome {
  const last = rows.at(-1);
  return {
    tables: [{ title: `On DynamoDB Local, rooms of ${eventsPerRoom} events`, rows }],
    bars: [
      {
        promise: "verifying the largest table, beside a plain scan of it",
        measured: Number(last?.["verify-log ÷ scan"]),
        most: verifyMost,
        isAim: true,
      },
    ],
    notes: [
      [
        `Messages have ${text.length} characters.`,
        "`verify-log` reads each room's item, too, one after the other.",
        "`export-user` is of a member of every room who wrote nothing.",
      ].join(" "),
    ],
  };
}
