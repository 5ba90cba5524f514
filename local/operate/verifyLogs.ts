/** Reads the logs in a table and checks them. It writes nothing, so it can be stopped any time. */
import { QueryCommand, type QueryCommandOutput, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { Table } from "../../lib/adapters/dynamodb/client.ts";
import { eventFrom, eventKey, type Item } from "../../lib/adapters/dynamodb/items.ts";
import { dynamoReadRooms } from "../../lib/adapters/dynamodb/rooms.ts";
import { logCheck } from "./logFaults.ts";

export interface Verified {
  rooms: number;
  events: number;
  faults: number;
}

export interface Telling {
  /** Called for each fault, with the room that has it. */
  fault(room: string, fault: string): void;
  /** Called now and then. */
  progress?(soFar: Verified): void;
}

const progressEvents = 100_000;

/** Check these rooms, or all: then the whole table is read, for a read unit each 4 KB. */
export async function verifyLogs(
  table: Table,
  names: readonly string[],
  tell: Telling,
): Promise<Verified> {
  const rooms = dynamoReadRooms(table);
  const verified = { rooms: 0, events: 0, faults: 0 };
  let room: string | undefined;
  let check = logCheck();
  for await (const item of names.length > 0 ? eventsOf(table, names) : allEvents(table)) {
    const itsRoom = roomOf(item);
    if (itsRoom !== room) {
      [room, check] = [itsRoom, logCheck((await rooms.find(itsRoom)).begins)];
      verified.rooms += 1;
    }
    verified.events += 1;
    for (const fault of faultsOf(item, check)) {
      verified.faults += 1;
      tell.fault(itsRoom, fault);
    }
    if (verified.events % progressEvents === 0) tell.progress?.(verified);
  }
  return verified;
}

function faultsOf(item: Item, check: ReturnType<typeof logCheck>): string[] {
  try {
    return check(eventFrom(item));
  } catch {
    return [`position ${Number(item["sk"]?.S)} is not an event that this version can read`];
  }
}

const roomOf = (item: Item) => String(item["pk"]?.S).slice(eventKey("", 0).pk.length);

async function* eventsOf(table: Table, rooms: readonly string[]): AsyncGenerator<Item> {
  const last = eventKey("", Number.MAX_SAFE_INTEGER).sk;
  for (const room of rooms) {
    yield* itemsOf((ExclusiveStartKey) =>
      table.client.send(
        new QueryCommand({
          TableName: table.name,
          KeyConditionExpression: "pk = :pk AND sk <= :last",
          ExpressionAttributeValues: { ":pk": { S: eventKey(room, 0).pk }, ":last": { S: last } },
          ConsistentRead: true,
          ExclusiveStartKey,
        }),
      ),
    );
  }
}

/** A scan goes through one partition after the other, each by its sort key. */
async function* allEvents({ client, name }: Table): AsyncGenerator<Item> {
  const last = eventKey("", Number.MAX_SAFE_INTEGER).sk;
  yield* itemsOf((ExclusiveStartKey) =>
    client.send(
      new ScanCommand({
        TableName: name,
        FilterExpression: "begins_with(pk, :log) AND sk <= :last",
        ExpressionAttributeValues: { ":log": { S: eventKey("", 0).pk }, ":last": { S: last } },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    ),
  );
}

type Page = Pick<QueryCommandOutput, "Items" | "LastEvaluatedKey">;

async function* itemsOf(
  read: (start: Page["LastEvaluatedKey"]) => Promise<Page>,
): AsyncGenerator<Item> {
  let start: Page["LastEvaluatedKey"];
  do {
    const { Items = [], LastEvaluatedKey }: Page = await read(start);
    yield* Items;
    start = LastEvaluatedKey;
  } while (start);
}
