/**
 * What the database holds in the end, read past the service and its adapters: every log, every
 * membership, every reaction and who leads which room, from one scan of the table.
 */
import { type DynamoDBClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Reactor } from "../../lib/model.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";

/** Who owns a room, and how often something was set of it. */
export interface Leadership {
  owners: readonly string[];
  rev: number;
}

export interface Truth {
  logs: Map<string, LogEvent[]>;
  /** Rooms by user. */
  memberships: Map<string, Set<string>>;
  /** By room and position. */
  reactors: Map<string, Reactor[]>;
  /** Of rooms of which something was set. */
  leaderships: Map<string, Leadership>;
}

export async function readTruth(client: DynamoDBClient, table: string): Promise<Truth> {
  const logs: Truth["logs"] = new Map();
  const memberships: Truth["memberships"] = new Map();
  const reactors: Truth["reactors"] = new Map();
  const leaderships: Truth["leaderships"] = new Map();
  let start: ScanCommandOutput["LastEvaluatedKey"];
  do {
    const page: ScanCommandOutput = await client.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: start }),
    );
    for (const item of page.Items ?? []) {
      const { pk, sk, ...attributes } = unmarshall(item);
      const [kind, name] = [pk.slice(0, pk.indexOf("#")), pk.slice(pk.indexOf("#") + 1)];
      // A log's partition also holds the room.
      if (kind === "LOG" && /^\d+$/.test(sk)) {
        const log = logs.get(name) ?? [];
        logs.set(name, log);
        log.push({ seq: Number(sk), ...eventOf(attributes) } as LogEvent);
      } else if (kind === "LOG" && sk === "ROOM") {
        const { owners = [], rev = 0 } = attributes;
        leaderships.set(name, { owners, rev });
      } else if (kind === "REACTIONS") {
        const message = name.replace(/#(\d+)$/, " $1");
        const emoji = Object.entries(attributes).map(([one, atMs]) => ({ emoji: one, atMs }));
        reactors.set(message, [...(reactors.get(message) ?? []), { user: sk, emoji }]);
      } else if (kind === "USER" && attributes["state"] === undefined) {
        // Of somebody who has left, an item stays.
        const rooms = memberships.get(name) ?? new Set();
        memberships.set(name, rooms.add(sk.slice("ROOM#".length)));
      }
    }
    start = page.LastEvaluatedKey;
  } while (start);
  for (const log of logs.values()) log.sort((a, b) => a.seq - b.seq);
  return { logs, memberships, reactors, leaderships };
}

/** Without what only functions read of an event: how it is delivered, and that it has changed. */
function eventOf({ delivery: _, announce: __, ...event }: Record<string, unknown>) {
  return event;
}
