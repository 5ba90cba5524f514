/**
 * One gateway of a cluster: a process, and the traffic that it reports. The faithful gateway counts
 * its traffic; `serverless offline` does not, and nothing is shown for it.
 */
import { createInterface } from "node:readline";
import type { Gateway } from "../../lib/protocol/gateways.ts";
import { startEmulator } from "../emulatorProcess.ts";
import type { GatewayFailure, GatewayReport, GatewayTraffic } from "../faithful.ts";
import { gatewaysIn } from "../gatewaysFile.ts";
import type { LocalSettings, TcpPorts } from "../settings.ts";
import { startError } from "../startError.ts";

export interface GatewayProcess extends Place {
  readonly pid: number;
  readonly state: "starting" | "up" | "down";
  readonly isUp: boolean;
  /** As it last said. */
  readonly traffic: GatewayTraffic | undefined;
  /** Both its APIs listen. Fails with a StartError when it ends before. */
  readonly ready: Promise<void>;
  /** In words. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): void;
}

interface GatewayProcessOptions {
  gateway: LocalSettings["gateway"];
  databaseUrl: string;
  isVerbose: boolean;
  say(line: string): void;
  onFailure(failure: GatewayFailure): void;
}

export function startGatewayProcess(place: Place, options: GatewayProcessOptions): GatewayProcess {
  const { gateway, databaseUrl, isVerbose, say, onFailure } = options;
  const { name, port } = place;
  const env = {
    ...process.env,
    PARLEY_PORT: String(port),
    PARLEY_DYNAMODB: databaseUrl,
    PARLEY_LEAVES_STREAMS: "1",
    SLS_LOG_LEVEL: "error",
    ...(isVerbose && { PARLEY_VERBOSE: "1" }),
  };
  const child = startEmulator(gateway, env, "pipe");
  let state: GatewayProcess["state"] = "starting";
  let traffic: GatewayTraffic | undefined;
  child.on("message", (report: GatewayReport) => {
    if ("traffic" in report) traffic = report.traffic;
    else onFailure(report.failure);
  });
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => {
      state = "down";
      if (traffic) traffic = { ...traffic, connections: 0 };
      resolve(signal ?? `exit code ${code}`);
    });
  });
  const listening = new Promise<void>((resolve) => {
    linesOf(child.stdout, (line) => {
      // The rest of the greeting is not for the cluster's operator.
      if (line.startsWith("ready ")) resolve();
      else if (isVerbose && state === "up") say(`${name}: ${line}`);
    });
  });
  linesOf(child.stderr, (line) => {
    // Functions report for CloudWatch, in JSON.
    if (isVerbose || !line.startsWith("{")) say(`${name}: ${line}`);
  });
  const ready = Promise.race([
    listening.then(() => {
      state = "up";
    }),
    ended.then((how) => {
      throw startError(`it ended before it was ready (${how})`, `start ${name}`);
    }),
  ]);
  // Its end has been reported even if nobody awaits `ready`.
  ready.catch(() => {});
  return {
    ...place,
    pid: child.pid ?? 0,
    get state() {
      return state;
    },
    get isUp() {
      return state === "up";
    },
    get traffic() {
      return traffic;
    },
    ready,
    ended,
    kill: (signal) => void child.kill(signal),
  };
}

function linesOf(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  if (stream) createInterface(stream).on("line", take);
}

export interface Place {
  /** `g1`, `g2`, … */
  name: string;
  port: number;
  httpUrl: string;
  websocketUrl: string;
  /** Where its connections are posted to. */
  endpoint: string;
  lambdaUrl: string;
}

const portsPerGateway = 4;

/** `number` counts from 1. */
export function placeOf(number: number, firstPort: number): Place {
  const port = firstPort + portsPerGateway * (number - 1);
  return {
    name: `g${number}`,
    port,
    httpUrl: `http://localhost:${port}`,
    websocketUrl: `ws://localhost:${port + 1}`,
    endpoint: `http://localhost:${port + 1}`,
    lambdaUrl: `http://localhost:${port + 2}`,
  };
}

/** All that something must not listen on yet. */
export function portsOf({ port }: Place): Omit<TcpPorts, "dynamodb"> {
  return { http: port, websocket: port + 1, lambda: port + 2 };
}

/** A line of the list that GET /gateway chooses from. */
export function lineOf({ name, websocketUrl, endpoint }: Place): Gateway {
  const [line] = gatewaysIn(JSON.stringify([{ name, url: websocketUrl, endpoint }]));
  if (line === undefined) throw new Error(`${name} is no gateway`);
  return line;
}
