/**
 * One gateway of a cluster, as its operator sees it: a process that is up or down, and what it says
 * goes through it. The faithful gateway counts that itself; `serverless offline` counts nothing,
 * and nothing is shown of it rather than something that is made up.
 */
import { createInterface } from "node:readline";
import { startEmulator } from "../emulatorProcess.ts";
import type { GatewayFailure, GatewayReport, GatewayTraffic } from "../faithful.ts";
import type { LocalSettings } from "../settings.ts";
import { startError } from "../startError.ts";
import type { Place } from "./places.ts";

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

export interface GatewayProcessOptions {
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
      // The rest of its greeting is for who started it alone.
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
  // Whoever waits for it is told; and when nobody does, it has been said that it is down.
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
