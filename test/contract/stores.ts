/**
 * The stores that the contract suites run against: memory, embedded dynalite, the same giving
 * little at once, and Amazon's DynamoDB Local where Java is there. Each suite gets tables of its
 * own, so suites can share a database without meeting.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe } from "vitest";
import { dynamoClient, type Table } from "../../lib/adapters/dynamodb/client.ts";
import { dynamoGatewayConnections } from "../../lib/adapters/dynamodb/gateways.ts";
import { dynamoSpending } from "../../lib/adapters/dynamodb/spending.ts";
import type { Reactions, Replies, ReportedMessages } from "../../lib/messagePorts.ts";
import type {
  Blocks,
  Connections,
  GatewayConnections,
  Memberships,
  Mentions,
  MessageLog,
  Rooms,
  Spending,
} from "../../lib/ports.ts";
import type { Expiry } from "../../lib/retentionPorts.ts";
import type { Subscriptions } from "../../lib/subscriptionPorts.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import { isJavaUsable } from "../../local/emulator/database/dynamodbLocal.ts";
import { dynamodbLocalJar } from "../../local/emulator/database/dynamodbLocalJar.ts";
import { createTables } from "../../local/emulator/database/tables.ts";
import { dynamoStores } from "../support/dynamoStores.ts";
import { hangMs } from "../support/hang.ts";
import { memoryBlocks } from "../support/memory/blocks.ts";
import { memoryConnections } from "../support/memory/connections.ts";
import { memoryExpiry } from "../support/memory/expiry.ts";
import { memoryMemberships } from "../support/memory/memberships.ts";
import { memoryMentions } from "../support/memory/mentions.ts";
import { memoryMessageLog } from "../support/memory/messageLog.ts";
import { memoryReactions } from "../support/memory/reactions.ts";
import { memoryReplies } from "../support/memory/replies.ts";
import { memoryReportedMessages } from "../support/memory/reported.ts";
import { memorySpending } from "../support/memory/spending.ts";
import { memorySubscriptions } from "../support/memory/subscriptions.ts";
import { type TableProxy, type TableRequest, tableProxy } from "../support/tableProxy.ts";
import { lookAt } from "./lookedAt.ts";
import { scarcely } from "./scarce.ts";

export interface Stores {
  log: MessageLog;
  expiry: Expiry;
  rooms: Rooms;
  memberships: Memberships;
  blocks: Blocks;
  reported: ReportedMessages;
  reactions: Reactions;
  replies: Replies;
  mentions: Mentions;
  connections: Connections;
  subscriptions: Subscriptions;
  gatewayConnections: GatewayConnections;
  spending: Spending;
  /** The tables behind them; none in memory. */
  tables?: { rooms: Table; connections: Table };
  /** All that the tables were asked for, in order, each request as it left; none in memory. */
  requests?: TableRequest[];
}

const hasJava = await isJavaUsable();
if (!hasJava) {
  if (process.env["PARLEY_REQUIRE_JAVA"]) throw new Error("Java 17 is required, and missing");
  console.error("\n  LEFT OUT: the contract suites on DynamoDB Local, since there is no Java 17\n");
}

/** Where only one kind is of interest: its name. */
const only = process.env["PARLEY_STORES"];
const isWanted = (kind: string) => only === undefined || only === kind;

/** Run `suite` once for each kind of store; `stores()` gives fresh, empty ones. */
export function describeStores(name: string, suite: (stores: () => Stores) => void): void {
  describe.runIf(isWanted("memory"))(`${name} in memory`, () => {
    const stores = memoryStores();
    suite(() => stores);
  });
  for (const kind of ["dynalite", "scarce"] as const) {
    const title = `${name} on ${kind === "scarce" ? "a scarce dynalite" : kind}`;
    describe.runIf(isWanted(kind))(title, () => suite(databaseStores(kind)));
  }
  describe.runIf(isWanted("local") && hasJava)(`${name} on DynamoDB Local`, () =>
    suite(databaseStores("local")),
  );
}

function memoryStores(): Stores {
  const { onGateways: gatewayConnections, ...connections } = memoryConnections();
  const memoryLog = memoryMessageLog();
  const { onRooms: rooms, onExpiry: _, ...log } = memoryLog;
  const reactions = memoryReactions();
  const replies = memoryReplies();
  return {
    log,
    expiry: memoryExpiry({ log: memoryLog, reactions, replies }),
    rooms,
    memberships: memoryMemberships(),
    blocks: memoryBlocks(),
    reported: memoryReportedMessages(),
    reactions,
    replies,
    mentions: memoryMentions(),
    connections,
    gatewayConnections,
    subscriptions: memorySubscriptions(),
    spending: memorySpending(),
  };
}

const databases = new Map<"dynalite" | "local", Promise<Database>>();

/** Started once for all suites that this process runs; it ends with the process. */
function sharedDatabase(kind: "dynalite" | "local"): Promise<Database> {
  let database = databases.get(kind);
  if (database === undefined) {
    database = startShared(kind);
    databases.set(kind, database);
  }
  return database;
}

async function startShared(kind: "dynalite" | "local"): Promise<Database> {
  if (kind === "local") process.env["DYNAMODB_LOCAL_DIR"] ??= await dynamodbLocalJar();
  return await startDatabase({ kind });
}

/**
 * Make tables around the tests of the surrounding `describe`; every call gives stores on the same
 * two tables.
 */
export function databaseStores(kind: "dynalite" | "scarce" | "local"): () => Stores {
  let proxy: TableProxy | undefined;
  let stores: Stores | undefined;
  beforeAll(async () => {
    const database = await sharedDatabase(kind === "local" ? kind : "dynalite");
    const names = await createTables(database.endpoint, `${randomUUID()}-`);
    process.env["AWS_REGION"] ??= "us-east-1";
    process.env["AWS_ACCESS_KEY_ID"] ??= "local";
    process.env["AWS_SECRET_ACCESS_KEY"] ??= "local";
    if (kind === "scarce") {
      proxy = await tableProxy(database.endpoint);
      proxy.treat = scarcely();
    }
    // How long a database may take is the service's question; here the machine may be busy.
    const client = dynamoClient({
      endpoint: proxy?.url ?? database.endpoint,
      requestMs: hangMs,
      connectMs: hangMs,
    });
    const requests = lookAt(client);
    const rooms = { client, name: String(names["Rooms"]) };
    const connections = { client, name: String(names["Connections"]) };
    stores = {
      ...dynamoStores({ rooms, connections }),
      gatewayConnections: dynamoGatewayConnections(connections),
      spending: dynamoSpending(connections),
      tables: { rooms, connections },
      requests,
    };
  });
  afterAll(async () => {
    stores?.tables?.rooms.client.destroy();
    await proxy?.[Symbol.asyncDispose]();
  });
  return () => {
    if (stores === undefined) throw new Error("the database has not been started");
    return stores;
  };
}
