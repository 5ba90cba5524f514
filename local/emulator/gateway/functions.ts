/**
 * The processes of all functions: started when needed, kept warm, limited together. If a function
 * has no idle process and there is no room for another, it replaces a process of another function
 * that has rested for a while, or any idle one if it has none at all. Otherwise its invocations
 * wait.
 *
 * A function that waits for another keeps its process meanwhile. If such functions took all the
 * room, none would ever end. So invocations by functions have room of their own, as large. This
 * works for one level: a chain of three can still wait for itself, until its timeouts.
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
  /** The living processes. A test can kill one by its pid. */
  processes(): { functionName: string; pid: number; isBusy: boolean }[];
  /** Ends all processes, and starts none any more. */
  stop(): void;
  /** Resolves when they have ended. */
  ended(): Promise<void>;
}

interface FunctionsOptions {
  environment: Record<string, string>;
  /** The limit for all functions together, and again as many for invocations by functions. */
  processesMax: number;
  /** A process that was used more recently is not replaced for a function that has one already. */
  processRestMs: number;
  /** More waiting invocations are refused, as Lambda refuses those above its concurrency. */
  waitingMax: number;
  /** The Node that functions run on. */
  execPath: string;
  /** The destination of the handlers' output. */
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

/**
 * The limit of processes that start at once. On AWS each has its own machine; here they would slow
 * down the running ones.
 */
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

/** Calls `onRoom` when a waiting function may find a process. */
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
      // One of the running processes may become idle sooner, and is warm.
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
      // Not while others are busy: they may invoke it again.
      if (busy.nested.size + busy.other.size > 0) return;
      for (const idle of [...all].slice(0, -processesMax)) end(idle);
    },
  };
}
