/**
 * The service as it runs, for the lab: its real handlers in processes on faithful gateways, a real
 * database, and the fault proxy between them. Nothing of it is left when it has stopped.
 */
import { fileURLToPath } from "node:url";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { stop as stopBundler } from "esbuild";
import { dynamoMessageLog } from "../../lib/adapters/dynamodb/messageLog.ts";
import { dynamoSubscriptions } from "../../lib/adapters/dynamodb/subscriptions.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { roomTopic } from "../../lib/pubsub/topics.ts";
import { type Database, startDatabase } from "../../local/emulator/database/database.ts";
import {
  createTables,
  localClient,
  type TableNames,
} from "../../local/emulator/database/tables.ts";
import { freePort } from "../../local/emulator/freePort.ts";
import type { ThrownError } from "../../local/emulator/gateway/functionProcess.ts";
import { type Gateway, startGateway } from "../../local/emulator/gateway/gateway.ts";
import type { Intercept } from "../../local/emulator/gateway/management.ts";
import { deadLetters } from "../../local/emulator/streams/deadLetters.ts";
import type { LocalStreams } from "../../local/emulator/streams/localStreams.ts";
import { asSeenByPlugins, configureService } from "../../local/service.ts";
import { type FaultProxy, type FaultProxyOptions, faultProxy } from "./faultProxy.ts";
import { largeRoom } from "./town.ts";

interface StackOptions {
  database: "dynalite" | "local";
  /** How many; each has functions of its own. */
  gateways: number;
  /** Of one gateway, for all functions. */
  processes?: number;
  proxy: Omit<FaultProxyOptions, "databaseUrl">;
  intercept: Intercept;
  /** What handlers write. */
  output: "inherit" | "ignore";
  onFailure(functionName: string, error: ThrownError): void;
  /** Told of records of a stream that no function took. */
  onGivenUp(line: string): void;
}

export interface Stack {
  gateways: readonly RunningGateway[];
  /** Past the proxy. */
  client: DynamoDBClient;
  roomsTable: string;
  connectionsTable: string;
  stop(): Promise<void>;
}

export interface RunningGateway extends Pick<Gateway, "processes"> {
  websocketUrl: string;
  httpUrl: string;
  managementUrl: string;
}

const folder = fileURLToPath(new URL("../..", import.meta.url));
/** Enough that some may hang in time-outs while others work. */
const processesDefault = 32;

export async function startStack(options: StackOptions): Promise<Stack> {
  delete process.env["PARLEY_PATIENCE"]; // its gateways are late by design
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const each of stops.reverse()) await each();
  };
  try {
    const database: Database = await startDatabase({ kind: options.database });
    stops.push(database.stop);
    const tables = await createTables(database.endpoint);
    const client = localClient(database.endpoint);
    stops.push(async () => client.destroy());
    await makeLarge(largeRoom, client, tables);
    const proxy: FaultProxy = await faultProxy({
      ...options.proxy,
      databaseUrl: database.endpoint,
    });
    stops.push(proxy.stop);
    const streams: LocalStreams = {
      endpoint: database.endpoint,
      tables,
      deadLetters: deadLetters(options.onGivenUp),
      onEnded: (_source, error) => options.onGivenUp(error.message),
    };
    const gateways: RunningGateway[] = [];
    for (let index = 0; index < options.gateways; index += 1) {
      // The table has one stream, and one deployment reads it.
      const gateway = await runGateway(options, proxy.url, index === 0 ? streams : undefined);
      stops.push(gateway.stop);
      gateways.push(gateway);
    }
    // It has done its work, and would keep 200 MB.
    await stopBundler();
    const roomsTable = String(tables["Rooms"]);
    const connectionsTable = String(tables["Connections"]);
    return { gateways, client, roomsTable, connectionsTable, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function runGateway(
  { processes = processesDefault, intercept, output, onFailure }: StackOptions,
  databaseUrl: string,
  streams: LocalStreams | undefined,
): Promise<RunningGateway & Pick<Gateway, "stop">> {
  const [websocket, http, lambda] = [await freePort(), await freePort(), await freePort()];
  const ports = { websocket, http, lambda };
  const environment = environmentOf(ports, databaseUrl);
  const gateway = await startGateway({
    source: folder,
    ports,
    environment,
    limits: { processes },
    intercept,
    output,
    onFailure,
    ...(streams && { streams }),
  });
  return {
    ...gateway,
    websocketUrl: `ws://localhost:${websocket}`,
    httpUrl: `http://localhost:${http}`,
    managementUrl: `http://localhost:${websocket}`,
  };
}

/**
 * A room that is delivered as only very large ones are, from the stream and in shards: so many that
 * the service does not find it small after all.
 */
async function makeLarge(room: string, client: DynamoDBClient, tables: TableNames): Promise<void> {
  const tableOf = (id: string) => ({ client, name: String(tables[id]) });
  await dynamoSubscriptions(tableOf("Connections")).split(roomTopic(room), shards);
  await dynamoMessageLog(tableOf("Rooms")).setDelivery(room, "stream");
}

const shards = 2 * limits.shardsReadAtOnce;

/** As `npm start` makes it for them, but for where the database is. */
function environmentOf(
  ports: { websocket: number; http: number; lambda: number },
  endpoint: string,
): Record<string, string> {
  const serverless = asSeenByPlugins(folder);
  configureService(serverless, {
    ports: { ...ports, dynamodb: 0 },
    database: { kind: "endpoint", endpoint },
    gateway: "faithful",
    useWorkers: false,
    isVerbose: false,
  });
  return serverless.service.provider.environment as Record<string, string>;
}
