/**
 * A process that runs one function, one invocation at a time: Lambda's execution environment. When
 * it ends for any reason, a waiting caller is told, and the process is never used again.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FunctionDefinition } from "./serviceFile.ts";

/** As a function throws it. */
export interface ThrownError {
  name: string;
  message: string;
  stack?: string;
}

export type Outcome = { returned: unknown } | { failed: ThrownError };

export interface FunctionProcess {
  readonly functionName: string;
  readonly pid: number;
  isBusy: boolean;
  invoke(event: unknown, requestId: string): Promise<Outcome>;
  kill(): void;
  /** Its code is loaded. It never resolves if loading fails. */
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
}

/** The destination of handlers' output; a function receives it. */
export type Output = "inherit" | "ignore" | ((text: string) => void);

interface ProcessOptions {
  file: string;
  /** The Node that runs it. */
  execPath: string;
  environment: Record<string, string>;
  output: Output;
  /** Called for a crash while no invocation waits. */
  onCrash(error: ThrownError): void;
}

type Message =
  | { ready: true }
  | { returned: unknown }
  | { error: ThrownError }
  | { crash: ThrownError };

/**
 * For the code outside the handler. Lambda gives it ten seconds, then starts it again within the
 * invocation's time. A busy laptop is slower than Lambda, so this only bounds a hang.
 */
const initTimeoutMs = 60_000;
const runtime = fileURLToPath(new URL("functionRuntime.mjs", import.meta.url));

export function startFunctionProcess(
  { name, exportName, memoryMb, timeoutMs }: FunctionDefinition,
  { file, execPath, environment, output, onCrash }: ProcessOptions,
): FunctionProcess {
  const written = typeof output === "function" ? "pipe" : output;
  const child = fork(runtime, [file, exportName], {
    // A process group of its own, because Ctrl-C in the terminal must reach only the gateway, which
    // decides how its functions end.
    detached: true,
    execPath,
    env: environmentOf(name, memoryMb, environment),
    execArgv: [`--max-old-space-size=${memoryMb}`],
    stdio: ["ignore", written, written, "ipc"],
  });
  if (typeof output === "function") {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", output);
    }
  }
  let settle: ((outcome: Outcome) => void) | undefined;
  let crash: ThrownError | undefined;
  const fail = (reason: ThrownError) => {
    crash ??= reason;
    child.kill("SIGKILL");
  };
  const late = (afterMs: number) => ({ name: "Timeout", message: `no answer in ${afterMs} ms` });
  let patience = setTimeout(() => fail(late(initTimeoutMs)), initTimeoutMs);
  const ready = new Promise<void>((resolve) => {
    child.on("message", (message: Message) => {
      clearTimeout(patience);
      if ("ready" in message) resolve();
      else if ("crash" in message) crash ??= message.crash;
      else settle?.("error" in message ? { failed: message.error } : message);
    });
  });
  const exited = new Promise<void>((resolve) => {
    const end = (how: string, isOurDoing: boolean) => {
      clearTimeout(patience);
      resolve();
      crash ??= { name: "Exit", message: `the process ended (${how})` };
      if (settle) settle({ failed: crash });
      else if (!isOurDoing) onCrash(crash);
    };
    child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`, signal !== null));
    // A process that could not be started does not exit.
    child.on("error", ({ message }) => child.pid === undefined && end(message, false));
  });

  return {
    functionName: name,
    pid: child.pid ?? 0,
    isBusy: false,
    invoke: (event, requestId) =>
      new Promise<Outcome>((resolve) => {
        settle = (outcome) => {
          settle = undefined;
          resolve(outcome);
        };
        void ready.then(() => {
          if (!child.connected) return;
          patience = setTimeout(() => fail(late(timeoutMs)), timeoutMs);
          // If the process has ended, its exit reports that.
          child.send({ event, requestId, timeoutMs }, () => {});
        });
      }),
    kill: () => void child.kill("SIGKILL"),
    ready,
    exited,
  };
}

/** A function gets nothing of this process's environment except PATH. */
function environmentOf(name: string, memoryMb: number, environment: Record<string, string>) {
  return {
    PATH: process.env["PATH"],
    TZ: ":UTC",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    ...environment,
  };
}
