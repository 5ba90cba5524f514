/**
 * Settings of the local emulation. They come from the environment alone: `npm start` turns its
 * options into these variables, so plain `npx serverless offline` understands the same ones.
 */
import { isIP } from "node:net";
import { resolve } from "node:path";
import { parseReservedNames } from "../lib/protocol/reservedNames.ts";
import { startError } from "./startError.ts";

export interface LocalSettings {
  ports: TcpPorts;
  /** Where `npm start` serves the chat page, beside the emulator. Nothing else serves it. */
  pagePort?: number;
  /** Another address of this machine to listen on, or all of them. Loopback is always on. */
  host?: string;
  database: DatabaseSettings;
  /** `serverless offline`, or the gateway in local/emulator, which behaves as AWS does. */
  gateway: "offline" | "faithful";
  /**
   * One worker thread for each concurrent invocation, as Lambda isolates them. Slow, and needs
   * memory.
   */
  useWorkers: boolean;
  isVerbose: boolean;
  /** Whether a stranger's first message waits to be accepted. */
  holdsRequests?: boolean;
  /** As `RESERVED_ROOMS`: names of public rooms that only the operator's servers make. */
  reservedRooms?: string;
  /** The file that lists the gateways which `GET /gateway` chooses from. */
  gatewaysFile?: string;
  /** A cluster delivers the streams' events itself, once for all its gateways. */
  leavesStreams?: boolean;
}

export interface TcpPorts {
  http: number;
  websocket: number;
  lambda: number;
  dynamodb: number;
}

/** `folder` keeps the data across restarts; without it they live in memory. */
export type DatabaseSettings =
  | { kind: "dynalite"; folder?: string }
  | { kind: "local"; folder?: string }
  | { kind: "endpoint"; endpoint: string };

const defaultPort = 3000;
const portsPerCopy = 5;

/** @throws StartError with the option and the values it takes */
export function readSettings(env: NodeJS.ProcessEnv): LocalSettings {
  const gatewaysFile = env["PARLEY_GATEWAYS"];
  const ports = portsFrom(env["PARLEY_PORT"]);
  return {
    ...(gatewaysFile !== undefined && { gatewaysFile: resolve(gatewaysFile) }),
    ports,
    ...(env["PARLEY_SERVES_PAGE"] === "1" && { pagePort: ports.http + 4 }),
    ...hostFrom(env["PARLEY_HOST"]),
    database: databaseFrom(env["PARLEY_DYNAMODB"], env["PARLEY_DATA"]),
    gateway: gatewayFrom(env["PARLEY_GATEWAY"]),
    useWorkers: env["PARLEY_WORKERS"] === "1",
    isVerbose: env["PARLEY_VERBOSE"] === "1",
    ...(env["PARLEY_MESSAGE_REQUESTS"] === "1" && { holdsRequests: true }),
    ...reservedFrom(env["PARLEY_RESERVED"]),
    leavesStreams: env["PARLEY_LEAVES_STREAMS"] === "1",
  };
}

function portsFrom(text = String(defaultPort)): TcpPorts {
  const http = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  const max = 65_535 - (portsPerCopy - 1);
  if (!(http >= 1 && http <= max)) {
    throw startError(`--port takes a whole number from 1 to ${max}, not "${text}"`);
  }
  return { http, websocket: http + 1, lambda: http + 2, dynamodb: http + 3 };
}

function hostFrom(host: string | undefined): { host?: string } {
  if (host === undefined || host === "localhost") return {};
  if (isIP(host) !== 0) return { host };
  throw startError(`--host takes an IP address of this machine, such as 0.0.0.0, not "${host}"`);
}

function databaseFrom(choice: string | undefined, data: string | undefined): DatabaseSettings {
  const folder = data === undefined ? {} : { folder: folderFrom(data) };
  if (choice === undefined) return { kind: "dynalite", ...folder };
  if (choice === "local") return { kind: "local", ...folder };

  const url = URL.canParse(choice) ? new URL(choice) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw startError(`--dynamodb takes "local" or the URL of an endpoint, not "${choice}"`);
  }
  if (data !== undefined) {
    throw startError("--data is for a database started here, and --dynamodb names another one");
  }
  return { kind: "endpoint", endpoint: url.origin };
}

function gatewayFrom(choice = "offline"): LocalSettings["gateway"] {
  if (choice === "offline" || choice === "faithful") return choice;
  throw startError(`--gateway takes "offline" or "faithful", not "${choice}"`);
}

function reservedFrom(reservedRooms: string | undefined): { reservedRooms?: string } {
  if (reservedRooms === undefined) return {};
  try {
    parseReservedNames(reservedRooms);
  } catch {
    throw startError("--reserved takes names of rooms, or name*, with commas");
  }
  return { reservedRooms };
}

function folderFrom(data: string): string {
  if (data.trim() === "") throw startError("--data takes the name of a folder");
  return resolve(data);
}
