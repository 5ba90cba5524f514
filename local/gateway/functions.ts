/**
 * All functions' processes: started when needed, kept warm, bounded together. A function that finds
 * no process of its own idle and no room for a new one takes the place of another's idle one; when
 * there is none, its invocations wait their turn.
 */
import { randomUUID } from "node:crypto";
import type { Bundles } from "./bundle.ts";
import {
  type FunctionProcess,
  type Outcome,
  startFunctionProcess,
  type ThrownError,
} from "./functionProcess.ts";
import type { ServiceFile } from "./serviceFile.ts";

export interface Functions {
  invoke(functionName: string, event: unknown): Promise<Outcome>;
  /** Alive now; whoever wants to see one die kills it by its pid. */
  processes(): { functionName: string; pid: number; isBusy: boolean }[];
  /** Ends all processes, and runs nothing more. */
  stop(): void;
  /** Resolves when they have ended. */
  ended(): Promise<void>;
}

export interface FunctionsOptions {
  environment: Record<string, string>;
  /** All functions together. */
  processesMax: number;
  /** What handlers write. */
  output: "inherit" | "ignore";
  onInvocation(functionName: string, elapsedMs: number): void;
  onFailure(functionName: string, error: ThrownError): void;
}

interface Invocation {
  functionName: string;
  event: unknown;
  resolve(outcome: Outcome): void;
}

/** More than that are refused, as Lambda refuses what is over its concurrency. */
const waitingMax = 1000;
/** At once. On AWS each start has a machine to itself; here they would starve what runs. */
const startsMax = 2;
const tooMany = { name: "TooManyRequests", message: "too many invocations are waiting" };
const stopped = { name: "Stopped", message: "the gateway has stopped" };

export function startFunctions(
  service: ServiceFile,
  bundles: Bundles,
  options: FunctionsOptions,
): Functions {
  const { onInvocation, onFailure } = options;
  const waiting: Invocation[] = [];
  const pool = processPool(service, bundles, options, dispatch);
  let isStopped = false;

  function dispatch(): void {
    if (isStopped) return;
    const refused = new Set<string>();
    for (const invocation of [...waiting]) {
      const { functionName } = invocation;
      const process = refused.has(functionName) ? undefined : pool.find(functionName);
      if (process === undefined) {
        refused.add(functionName);
        continue;
      }
      waiting.splice(waiting.indexOf(invocation), 1);
      void run(process, invocation);
    }
  }

  async function run(process: FunctionProcess, { functionName, event, resolve }: Invocation) {
    const startedMs = performance.now();
    process.isBusy = true;
    const outcome = await process.invoke(event, randomUUID());
    process.isBusy = false;
    pool.used(process);
    onInvocation(functionName, performance.now() - startedMs);
    if ("failed" in outcome && !isStopped) onFailure(functionName, outcome.failed);
    resolve(outcome);
    dispatch();
  }

  return {
    invoke: (functionName, event) =>
      new Promise((resolve) => {
        if (isStopped) return resolve({ failed: stopped });
        if (waiting.length >= waitingMax) return resolve({ failed: tooMany });
        waiting.push({ functionName, event, resolve });
        dispatch();
      }),
    processes: () =>
      [...pool.all].map(({ functionName, pid, isBusy }) => ({ functionName, pid, isBusy })),
    stop() {
      isStopped = true;
      for (const { resolve } of waiting.splice(0)) resolve({ failed: stopped });
      for (const process of pool.all) process.kill();
    },
    async ended() {
      await Promise.all([...pool.all].map(({ exited }) => exited));
    },
  };
}

/** `onRoom` is called when a function that found no process might find one now. */
function processPool(
  { functions }: ServiceFile,
  bundles: Bundles,
  { environment, processesMax, output, onFailure }: FunctionsOptions,
  onRoom: () => void,
) {
  // The one that was idle longest comes first.
  const all = new Set<FunctionProcess>();
  let starting = 0;

  function start(functionName: string): FunctionProcess {
    const definition = functions.get(functionName);
    if (definition === undefined) throw new Error(`there is no function ${functionName}`);
    const started = startFunctionProcess(definition, {
      file: bundles.fileOf(functionName),
      // A role's credentials are temporary, and their token says whose they are.
      environment: { ...environment, AWS_SESSION_TOKEN: functionName },
      output,
      onCrash: (error) => onFailure(functionName, error),
    });
    all.add(started);
    starting += 1;
    void Promise.race([started.ready, started.exited]).then(() => {
      starting -= 1;
      onRoom();
    });
    void started.exited.then(() => {
      all.delete(started);
      onRoom();
    });
    return started;
  }

  return {
    all: all as ReadonlySet<FunctionProcess>,
    find(functionName: string): FunctionProcess | undefined {
      const idle = [...all].filter(({ isBusy }) => !isBusy);
      const own = idle.findLast((process) => process.functionName === functionName);
      if (own) return own;
      // Meanwhile one of those that run may become idle, and is warm.
      if (starting >= startsMax) return undefined;
      if (all.size < processesMax) return start(functionName);
      const [victim] = idle;
      if (victim === undefined) return undefined;
      all.delete(victim);
      victim.kill();
      return start(functionName);
    },
    /** Unless it has ended. */
    used(process: FunctionProcess): void {
      if (all.delete(process)) all.add(process);
    },
  };
}
