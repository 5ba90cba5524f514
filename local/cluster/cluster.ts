/**
 * Several gateways on one machine, each a process with functions of its own; they share only a
 * database. The database and the streams belong to this process, so no gateway's end affects them.
 * All gateways end with this process, even after kill -9, because the channel to it breaks.
 *
 * The list that GET /gateway chooses from is in the table only. It is read there whenever it is
 * shown or changed, because the operator may apply a file from another terminal.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoGatewayList, replaceGateways } from "../../lib/adapters/dynamodb/gateways.ts";
import type { Report } from "../../lib/ports.ts";
import type { Gateway } from "../../lib/protocol/gateways.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { drainGateway } from "../drain.ts";
import { startDatabase } from "../emulator/database/database.ts";
import { createTables, localClient, type TableNames } from "../emulator/database/tables.ts";
import type { GatewayFailure } from "../faithful.ts";
import { checkPortsAreFree } from "../listeners.ts";
import type { LocalSettings } from "../settings.ts";
import { startError } from "../startError.ts";
import {
  type GatewayProcess,
  lineOf,
  placeOf,
  portsOf,
  startGatewayProcess,
} from "./gatewayProcess.ts";
import { deliverClusterStreams } from "./streams.ts";

export interface ClusterOptions {
  gateways: number;
  /** The first gateway's. */
  port: number;
  gateway: LocalSettings["gateway"];
  isVerbose?: boolean;
  /** Reports an event in one line. */
  say(line: string): void;
  onFailure?(failure: GatewayFailure): void;
  /** A proxy between the gateways and the database. */
  between?(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }>;
}

export interface Cluster {
  /** All gateways in the order of their numbers, also those that are down. */
  readonly gateways: readonly GatewayProcess[];
  readonly client: DynamoDBClient;
  readonly tables: TableNames;
  /** What GET /gateway chooses from. */
  list(): Promise<Gateway[]>;
  /** Starts another gateway and lists it. Resolves when every function knows it. */
  add(): Promise<GatewayProcess>;
  /** Kills a gateway's process. @throws StartError if there is no such gateway */
  kill(name: string): void;
  /**
   * Sends a gateway's users elsewhere, and no new ones to it. Resolves with a report in one line.
   */
  drain(name: string): Promise<string>;
  stop(): Promise<void>;
}

const endTimeoutMs = 5_000;

/** @throws StartError */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { port, say } = options;
  const places = Array.from({ length: options.gateways }, (_, index) => placeOf(index + 1, port));
  for (const place of places) await checkPortsAreFree(portsOf(place));
  const databasePort = port + 3;
  await checkPortsAreFree({ dynamodb: databasePort });

  const stops: (() => Promise<unknown>)[] = [];
  let isStopping = false;
  const stop = async () => {
    isStopping = true;
    for (const each of stops.splice(0).reverse()) await each();
  };
  const gateways: GatewayProcess[] = [];
  const up = () => gateways.filter(({ isUp }) => isUp);
  // Shown as the reports of functions are: only when all of them are asked for.
  const report: Report = (what, details) => {
    if (options.isVerbose) say(`drain: ${what} ${JSON.stringify(details)}`);
  };
  try {
    const database = await startDatabase({ kind: "dynalite", port: databasePort });
    stops.push(database.stop);
    const tables = await createTables(database.endpoint);
    const client = localClient(database.endpoint);
    stops.push(async () => client.destroy());
    const between = await options.between?.(database.endpoint);
    if (between) stops.push(between.stop);
    const lambdaUrls = () => up().map(({ lambdaUrl }) => lambdaUrl);
    const streams = await deliverClusterStreams({
      databaseUrl: database.endpoint,
      tables,
      lambdaUrls,
      say,
    });
    stops.push(streams.stop);
    const start = (number: number) => {
      const started = startProcess(number, options, between?.url ?? database.endpoint);
      void started.ended.then((how) => isStopping || say(`${started.name} is down (${how})`));
      return started;
    };
    // Also those that are added later.
    stops.push(() => Promise.all(gateways.map(end)));
    gateways.push(...places.map((_, index) => start(index + 1)));
    await Promise.all(gateways.map(({ ready }) => ready));

    const cluster: Cluster = {
      gateways,
      client,
      tables,
      stop,
      ...operations({ client, tables, gateways, report, start }),
    };
    await replaceGateways(roomsOf(cluster), gateways.map(lineOf));
    return cluster;
  } catch (error) {
    await stop();
    throw error;
  }
}

function startProcess(number: number, options: ClusterOptions, databaseUrl: string) {
  const { gateway, isVerbose = false, say, onFailure = () => {}, port } = options;
  const place = placeOf(number, port);
  return startGatewayProcess(place, { gateway, databaseUrl, isVerbose, say, onFailure });
}

type Running = Pick<Cluster, "client" | "tables"> & {
  gateways: GatewayProcess[];
  report: Report;
  start(number: number): GatewayProcess;
};

function operations(running: Running): Pick<Cluster, "list" | "add" | "kill" | "drain"> {
  const { gateways, start } = running;
  const list = () => dynamoGatewayList(roomsOf(running), 0).list();
  const named = (name: string, operation: string): GatewayProcess => {
    const found = gateways.find((gateway) => gateway.name === name);
    if (found === undefined) throw startError("there is no such gateway", `${operation} ${name}`);
    return found;
  };
  return {
    list,
    async add() {
      const added = start(gateways.length + 1);
      gateways.push(added);
      await added.ready;
      await replaceGateways(roomsOf(running), [...(await list()), lineOf(added)]);
      await delay(limits.gatewaysKeptMs);
      return added;
    },
    kill(name) {
      named(name, "kill").kill("SIGKILL");
    },
    async drain(name) {
      const { endpoint } = named(name, "drain");
      const drained = (await list()).map((gateway): Gateway => {
        return gateway.name === name ? { ...gateway, state: "draining" } : gateway;
      });
      await replaceGateways(roomsOf(running), drained);
      const connections = { client: running.client, name: String(running.tables["Connections"]) };
      const { told, gone, untold, isEmpty } = await drainGateway(endpoint, connections, {
        reach: { endpoints: [], allowsLoopback: true },
        report: running.report,
      });
      const state = isEmpty ? "is empty" : "is not empty: connections keep coming back to it";
      return `${name} ${state}, ${told} told, ${gone} gone, ${untold} not reached`;
    },
  };
}

export function roomsOf({ client, tables }: Pick<Cluster, "client" | "tables">) {
  return { client, name: String(tables["Rooms"]) };
}

async function end(gateway: GatewayProcess): Promise<void> {
  gateway.kill("SIGTERM");
  const patience = setTimeout(() => gateway.kill("SIGKILL"), endTimeoutMs);
  await gateway.ended;
  clearTimeout(patience);
}
