/**
 * An emulator in a process of its own: `serverless offline` for the service in some folder, or the
 * faithful gateway for ours. It ends with this process, however this one ends: it watches the
 * channel between the two.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { checkPortsAreFree } from "../local/listeners.ts";
import { startError } from "../local/startError.ts";

export interface Emulator {
  websocketUrl: string;
  /** Where its sockets are posted to. */
  managementUrl: string;
  /** Of its DynamoDB. */
  tablesUrl: string;
  stop(): Promise<void>;
}

const firstPort = 25_000;
const lastPort = 25_999;
const portsPerCopy = 4;

/** Where this service is. */
export const ourFolder = fileURLToPath(new URL("..", import.meta.url));

export function startEmulator(folder: string): Promise<Emulator> {
  const serverless = createRequire(import.meta.url).resolve("serverless/bin/serverless.js");
  return start(folder, [serverless, "offline"]);
}

export function startFaithful(): Promise<Emulator> {
  return start(ourFolder, ["local/run.mjs", "local/faithful.ts"]);
}

async function start(folder: string, program: string[]): Promise<Emulator> {
  const port = await freePorts();
  const child = spawn(process.execPath, ["--no-deprecation", ...program], {
    cwd: folder,
    env: { ...process.env, PARLEY_PORT: String(port), SLS_LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  const ready = new Promise<void>((resolve) => {
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      output = (output + text).slice(-10_000);
      if (/^ready /m.test(output)) resolve();
    });
  });
  const ended = exited.then(() => {
    throw new Error(`the emulator ended before it was ready: ${output}`);
  });
  await Promise.race([ready, ended]);
  return {
    websocketUrl: `ws://localhost:${port + 1}`,
    managementUrl: `http://localhost:${port + 1}`,
    tablesUrl: `http://127.0.0.1:${port + 3}`,
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

let nextPort = firstPort;

/** The first of four free ports in a row, and never the same ones twice. */
async function freePorts(): Promise<number> {
  while (nextPort + portsPerCopy <= lastPort) {
    const port = nextPort;
    nextPort += portsPerCopy;
    const ports = { http: port, websocket: port + 1, lambda: port + 2, dynamodb: port + 3 };
    const isFree = await checkPortsAreFree(ports).then(
      () => true,
      () => false,
    );
    if (isFree) return port;
  }
  throw startError(`every port from ${firstPort} to ${lastPort} is in use`, "run a bench");
}
