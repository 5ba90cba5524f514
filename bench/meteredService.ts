/**
 * The service's real adapters, with a meter on them: what the tables charge, as the emulator
 * accounts it, how often they were asked, and how many frames were posted.
 *
 * Only a failed condition is reckoned here: it is billed like the write, but no answer says so.
 * Every item that this service puts conditions on is under 1 KB, so it counts as one unit.
 */
import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { hourlyAllowance } from "../lib/actions/allowance.ts";
import { dynamoBlocks } from "../lib/adapters/dynamodb/blocks.ts";
import { dynamoConnections } from "../lib/adapters/dynamodb/connections.ts";
import { dynamoExpiry } from "../lib/adapters/dynamodb/expiry.ts";
import { dynamoMemberships } from "../lib/adapters/dynamodb/memberships.ts";
import { dynamoMentions } from "../lib/adapters/dynamodb/mentions.ts";
import { dynamoMessageLog } from "../lib/adapters/dynamodb/messageLog.ts";
import { dynamoReactions } from "../lib/adapters/dynamodb/reactions.ts";
import { dynamoReplies } from "../lib/adapters/dynamodb/replies.ts";
import { dynamoReportedMessages } from "../lib/adapters/dynamodb/reported.ts";
import { dynamoRooms } from "../lib/adapters/dynamodb/rooms.ts";
import { dynamoSpending } from "../lib/adapters/dynamodb/spending.ts";
import { dynamoSubscriptions } from "../lib/adapters/dynamodb/subscriptions.ts";
import type { Ports } from "../lib/ports.ts";
import type { ServerFrame } from "../lib/protocol/serverFrames.ts";
import type { Expiry } from "../lib/retentionPorts.ts";
import { newMark, newPrivateRoom } from "../lib/runtime.ts";
import { createTables, localClient } from "../local/emulator/database/tables.ts";

export interface Cost {
  readUnits: number;
  writeUnits: number;
  tableRequests: number;
  posts: number;
}

export interface MeteredService {
  ports: Ports;
  expiry: Expiry;
  /** The table's name. */
  rooms: string;
  /** What `work` alone cost. Not for two at once. */
  costOf(work: () => Promise<unknown>): Promise<Cost>;
  close(): void;
}

/** A request as the SDK is given it. */
export interface TableRequest {
  command: string;
  input: object;
}

/** Asked to carry out each table request and each post, of so many bytes. */
export interface Passage {
  request<T>(work: () => Promise<T>, asked: TableRequest): Promise<T>;
  post(frameBytes: number, frame: ServerFrame): Promise<void>;
  /** Told the units of each request. */
  charged?(asked: TableRequest, kind: "read" | "write", units: number): void;
}

const atOnce: Passage = { request: (work) => work(), post: async () => {} };

/** Tables of its own in the database at `endpoint`, named by `prefix`. */
export async function meteredService(
  endpoint: string,
  prefix: string,
  passage: Passage = atOnce,
): Promise<MeteredService> {
  const { Rooms = "", Connections = "" } = await createTables(endpoint, prefix);
  const client = localClient(endpoint);
  const spent: Cost = { readUnits: 0, writeUnits: 0, tableRequests: 0, posts: 0 };
  meterTables(client, spent, passage);
  const rooms = { client, name: Rooms };
  const connections = { client, name: Connections };
  let nowMs = Date.now();
  const ports: Ports = {
    log: dynamoMessageLog(rooms),
    rooms: dynamoRooms(rooms),
    memberships: dynamoMemberships(rooms),
    blocks: dynamoBlocks(rooms),
    reported: dynamoReportedMessages(connections),
    allowance: (...asked) => allowance(...asked),
    reactions: dynamoReactions(rooms),
    replies: dynamoReplies(rooms),
    mentions: dynamoMentions(connections),
    connections: dynamoConnections(connections),
    subscriptions: dynamoSubscriptions(connections),
    sockets: {
      async post(_to, frame) {
        spent.posts += 1;
        await passage.post(frame.length, JSON.parse(new TextDecoder().decode(frame)));
        return "delivered";
      },
      close: async () => "delivered",
    },
    clock: { nowMs: () => nowMs, wait: async () => {} },
    newId: randomUUID,
    newMark,
    newPrivateRoom,
    newTag: () => randomUUID().slice(0, 8),
    // Not one of the few subscribers that look whether their shard is full.
    random: () => 0.5,
    // Each is passed on: what is measured is what passing on takes.
    isReserved: () => false,
    holdsRequests: false,
    retains: false,
    typingPace: { pass: () => true },
    measure: () => {},
    report: (what, details) => {
      throw new Error(what, { cause: details });
    },
  };
  const { clock, report } = ports;
  const allowance = hourlyAllowance({ spending: dynamoSpending(connections), clock, report });
  return {
    ports,
    expiry: dynamoExpiry(rooms),
    rooms: Rooms,
    async costOf(work) {
      nowMs += 1_000;
      const before = { ...spent };
      await work();
      return {
        readUnits: spent.readUnits - before.readUnits,
        writeUnits: spent.writeUnits - before.writeUnits,
        tableRequests: spent.tableRequests - before.tableRequests,
        posts: spent.posts - before.posts,
      };
    },
    close: () => client.destroy(),
  };
}

function meterTables(client: DynamoDBClient, spent: Cost, passage: Passage): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const isRead = /^(Get|BatchGet|Query|Scan)/.test(commandName ?? "");
        const asked = { command: commandName ?? "", input: args.input };
        const charge = (units: number) => {
          spent[isRead ? "readUnits" : "writeUnits"] += units;
          passage.charged?.(asked, isRead ? "read" : "write", units);
        };
        spent.tableRequests += 1;
        try {
          const input = { ...args.input, ReturnConsumedCapacity: "TOTAL" } as typeof args.input;
          const answer = await passage.request(() => next({ ...args, input }), asked);
          charge(unitsIn(answer.output));
          return answer;
        } catch (error) {
          const isRefused = (error as Error).name === "ConditionalCheckFailedException";
          if (isRefused) charge(1);
          throw error;
        }
      },
    { step: "initialize", name: "meter" },
  );
}

/** A batch says it for each of its tables. */
function unitsIn(output: object): number {
  const { ConsumedCapacity } = output as { ConsumedCapacity?: Consumed | Consumed[] };
  const consumed = ConsumedCapacity === undefined ? [] : [ConsumedCapacity].flat();
  if (consumed.length === 0) throw new Error("no capacity was reported");
  return consumed.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

interface Consumed {
  CapacityUnits?: number;
}
