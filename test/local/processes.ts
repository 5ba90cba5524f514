/**
 * Starts the real processes of local emulation for a test and leaves none behind. Ports come from
 * below the range that the system hands out for outgoing connections, so that none is taken between
 * the look and the use.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { checkPortsAreFree } from "../../local/listeners.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const runner = `${root}local/run.mjs`;

export interface Running {
  pid: number;
  output(): string;
  errors(): string;
  /** From the ready line. */
  websocketUrl: string;
  httpUrl: string;
  kill(signal: NodeJS.Signals): void;
  exit: Promise<Exit>;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
  errors: string;
}

export interface Command {
  args?: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** The binary to run it with; this process's own by default. */
  node?: string;
  /** A file that what it complains of is added to, for other processes to read. */
  complaintsPath?: string;
}

/** The environment of a process in which no timer of so long ever calls: nothing waits for one. */
export function withoutTimersOf(ms: number): NodeJS.ProcessEnv {
  const script = `globalThis.setTimeout = new Proxy(setTimeout, {
    apply: (after, _, [call, ms, ...rest]) => after(ms === ${ms} ? () => {} : call, ms, ...rest),
  });`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
}

export interface Started {
  child: ChildProcessWithoutNullStreams;
  output(): string;
  errors(): string;
  exit: Promise<Exit>;
}

const started = new Set<Started>();

/** `npm start -- …args`, without npm in between. */
export function startService({ args = [], ...command }: Command = {}): Promise<Running> {
  return untilReady(run([runner, `${root}local/start.ts`, ...args], command));
}

/** Plain `serverless offline`, in the folder of some service. */
export function serverlessOffline({ args = [], ...command }: Command): Promise<Running> {
  const serverless = `${root}node_modules/serverless/bin/serverless.js`;
  return untilReady(run([serverless, "offline", ...args], command));
}

/** Starts a program of the project, by its path from the root. */
export function startProgram(path: string, { args = [], ...command }: Command = {}): Started {
  return run([runner, root + path, ...args], command);
}

/** Starts Node with a script (CommonJS) in the root. */
export function startScript(source: string): Started {
  return run(["--input-type=commonjs", "--eval", source], {});
}

/** Runs one of local/'s programs to its end. */
export async function runToEnd(
  program: string,
  { args = [], ...command }: Command = {},
): Promise<Exit> {
  return run([runner, `${root}local/${program}`, ...args], command).exit;
}

/** For afterEach. Only the processes started here are killed; what they started has to follow. */
export async function killAll(): Promise<void> {
  for (const { child } of started) child.kill("SIGKILL");
  await Promise.all([...started].map(({ exit }) => exit));
  started.clear();
}

/** Test files run side by side, each in a lane of its own, so that no two choose the same port. */
const lanePorts = 1200;
const lanePort = 20_000 + lanePorts * (Number(process.env["VITEST_POOL_ID"] ?? 0) % 8);

const portsPerCopy = 5;

/** The first of five free ports in a row for each copy, such as `--port` takes. */
export async function freePorts(copies = 1): Promise<number> {
  for (;;) {
    const port =
      lanePort + portsPerCopy * Math.floor(Math.random() * (lanePorts / portsPerCopy - copies));
    const areFree = await Promise.all(
      portsFrom(port, copies).map((http) =>
        checkPortsAreFree({ http }).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (!areFree.includes(false)) return port;
  }
}

export async function untilNothingListens(port: number, copies = 1): Promise<void> {
  for (const each of portsFrom(port, copies)) {
    while (await isListening(each)) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function portsFrom(port: number, copies: number): number[] {
  return Array.from({ length: portsPerCopy * copies }, (_, index) => port + index);
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "localhost", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });
}

async function untilReady({ child, exit, output, errors }: Started): Promise<Running> {
  const readyLine = new Promise<RegExpExecArray>((found) => {
    child.stdout.on("data", () => {
      const match = /^ready (ws:\S+) (http:\S+)$/m.exec(output());
      if (match) found(match);
    });
  });
  const never = exit.then((ended) => {
    throw new Error(`ended before it was ready: ${JSON.stringify(ended)}`);
  });
  const [, websocketUrl = "", httpUrl = ""] = await Promise.race([readyLine, never]);
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  return { pid: child.pid ?? 0, output, errors, websocketUrl, httpUrl, kill, exit };
}

function run(
  args: string[],
  { cwd = root, env, node = process.execPath, complaintsPath }: Omit<Command, "args">,
): Started {
  const child = spawn(node, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
    if (complaintsPath !== undefined) appendFileSync(complaintsPath, text);
  });
  const exit = new Promise<Exit>((resolve) => {
    // Not "exit": "close" also waits for the emulator's process, which inherited the output.
    child.once("close", (code, signal) => resolve({ code, signal, output, errors }));
  });
  const running = { child, output: () => output, errors: () => errors, exit };
  started.add(running);
  return running;
}
