/**
 * All functions' processes: started when needed, kept warm, bounded together. A function that finds
 * no process of its own idle and no room for a new one takes the place of another's that has not
 * been used for a while, or of any idle one if it has none at all; when there is none, its
 * invocations wait their turn.
 *
 * A function that waits for another keeps its process meanwhile. Were all of them kept so, nothing
 * would ever end: therefore what functions wait for has room of its own, as large. That goes one
 * level deep: a chain of three could still wait for itself, until its timeouts.
 */
import { randomUUID } from "node:crypto";
import type { Bundles } from "./bundle.ts";
import {
  type FunctionProcess,
  type Outcome,
  type Output,
  startFunctionProcess,
  type ThrownError,
} from "./functionProcess.ts";
import type { ServiceFile } from "./serviceFile.ts";

export interface Functions {
  invoke(functionName: string, event: unknown, how?: { isNested: boolean }): Promise<Outcome>;
  /** Alive now; whoever wants to see one die kills it by its pid. */
  processes(): { functionName: string; pid: number; isBusy: boolean }[];
  /** Ends all processes, and runs nothing more. */
  stop(): void;
  /** Resolves when they have ended. */
  ended(): Promise<void>;
}

export interface FunctionsOptions {
  environment: Record<string, string>;
  /** All functions together, and as many again that others wait for. */
  processesMax: number;
  /** What was used later than that makes no room for another process of a function that has one. */
  processRestMs: number;
  /** More invocations than that are refused, as Lambda refuses what is over its concurrency. */
  waitingMax: number;
  /** The Node that functions run on. */
  execPath: string;
  /** What handlers write. */
  output: Output;
  onInvocation(functionName: string, elapsedMs: number): void;
  onFailure(functionName: string, error: ThrownError): void;
}

interface Invocation {
  functionName: string;
  event: unknown;
  /** Another function waits for it. */
  isNested: boolean;
  resolve(outcome: Outcome): void;
}

/** At once. On AWS each start has a machine to itself; here they would starve what runs. */
const startsMax = 2;
const tooMany = { name: "TooManyRequests", message: "too many invocations are waiting" };
const stopped = { name: "Stopped", message: "the gateway has stopped" };

/** Whether the function did not even run. */
export function isUnavailable(outcome: Outcome): boolean {
  return "failed" in outcome && [tooMany, stopped].includes(outcome.failed);
}

export function startFunctions(
  service: ServiceFile,
  bundles: Bundles,
  options: FunctionsOptions,
): Functions {
  const { waitingMax, onInvocation, onFailure } = options;
  const waiting: Invocation[] = [];
  const pool = processPool(service, bundles, options, dispatch);
  let isStopped = false;

  function dispatch(): void {
    if (isStopped) return;
    const refused = new Set<string>();
    for (const invocation of [...waiting]) {
      const { functionName, isNested } = invocation;
      const kind = `${functionName} ${isNested}`;
      const process = refused.has(kind) ? undefined : pool.find(functionName, isNested);
      if (process === undefined) {
        refused.add(kind);
        continue;
      }
      waiting.splice(waiting.indexOf(invocation), 1);
      void run(process, invocation);
    }
  }

  async function run(process: FunctionProcess, invocation: Invocation) {
    const { functionName, event, isNested, resolve } = invocation;
    const startedMs = performance.now();
    process.isBusy = true;
    pool.use(process, isNested);
    const outcome = await process.invoke(event, randomUUID());
    process.isBusy = false;
    pool.used(process);
    onInvocation(functionName, performance.now() - startedMs);
    if ("failed" in outcome && !isStopped) onFailure(functionName, outcome.failed);
    resolve(outcome);
    dispatch();
  }

  return {
    invoke: (functionName, event, { isNested } = { isNested: false }) =>
      new Promise((resolve) => {
        if (isStopped) return resolve({ failed: stopped });
        if (waiting.length >= waitingMax) return resolve({ failed: tooMany });
        waiting.push({ functionName, event, isNested, resolve });
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
  { environment, execPath, processesMax, processRestMs, output, onFailure }: FunctionsOptions,
  onRoom: () => void,
) {
  // The one that was idle longest comes first.
  const all = new Set<FunctionProcess>();
  const busy = { nested: new Set<FunctionProcess>(), other: new Set<FunctionProcess>() };
  const usedAtMs = new WeakMap<FunctionProcess, number>();
  let starting = 0;
  let look: NodeJS.Timeout | undefined;

  function start(functionName: string): FunctionProcess {
    const definition = functions.get(functionName);
    if (definition === undefined) throw new Error(`there is no function ${functionName}`);
    const started = startFunctionProcess(definition, {
      file: bundles.fileOf(functionName),
      execPath,
      // A role's credentials are temporary, and their token says whose they are.
      environment: {
        ...definition.environment,
        ...environment,
        AWS_SESSION_TOKEN: functionName,
      },
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

  function end(process: FunctionProcess): void {
    all.delete(process);
    process.kill();
  }

  return {
    all: all as ReadonlySet<FunctionProcess>,
    find(functionName: string, isNested: boolean): FunctionProcess | undefined {
      const [same, others] = isNested ? [busy.nested, busy.other] : [busy.other, busy.nested];
      if (same.size >= processesMax) return undefined;
      const idle = [...all].filter(({ isBusy }) => !isBusy);
      const own = idle.findLast((process) => process.functionName === functionName);
      if (own) return own;
      // Meanwhile one of those that run may become idle, and is warm.
      if (starting >= startsMax) return undefined;
      if (all.size - others.size < processesMax) return start(functionName);
      const [victim] = idle;
      if (victim === undefined) return undefined;
      const restsMs = performance.now() - (usedAtMs.get(victim) ?? 0);
      const hasOwn = [...all].some((process) => process.functionName === functionName);
      if (hasOwn && restsMs < processRestMs) {
        clearTimeout(look);
        look = setTimeout(onRoom, processRestMs - restsMs);
        look.unref();
        return undefined;
      }
      end(victim);
      return start(functionName);
    },
    use(process: FunctionProcess, isNested: boolean): void {
      busy[isNested ? "nested" : "other"].add(process);
    },
    used(process: FunctionProcess): void {
      busy.nested.delete(process);
      busy.other.delete(process);
      // Unless it has ended.
      if (all.delete(process)) all.add(process);
      usedAtMs.set(process, performance.now());
      // Not as long as there is something to do, which may well be more of the same.
      if (busy.nested.size + busy.other.size > 0) return;
      for (const idle of [...all].slice(0, -processesMax)) end(idle);
    },
  };
}
