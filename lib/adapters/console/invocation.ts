/**
 * The running invocation, for the lines that it writes: its function, its request, its
 * measurements so far. On Lambda an instance runs one at a time. Emulators run many in one process:
 * a line that is written meanwhile names no request, and what one of them measures may be counted
 * as another's. An `AsyncLocalStorage` would know, and makes each promise dearer before Node 24: a
 * seventh of the CPU of a send.
 */
import type { Context } from "aws-lambda";

export interface Invocation {
  /** In every line that is written. */
  about: Running & {
    function: string | undefined;
    requestId?: string | undefined;
    connectionId?: string | undefined;
  };
  /** Undefined where nothing is measured. */
  measured?: Map<string, number | number[]> | undefined;
}

/** What the invocation that begins runs as. */
export interface Running {
  /** Of the code. */
  version: string;
  /** Of X-Ray; undefined where nothing is traced. */
  traceId?: string | undefined;
}

/** The newest last. */
const running = new Set<Invocation>();
let last: Invocation | undefined;

/** Runs `work` as that invocation. */
export async function during<R>(invocation: Invocation, work: () => Promise<R>): Promise<R> {
  running.add(invocation);
  last = invocation;
  try {
    return await work();
  } finally {
    running.delete(invocation);
  }
}

/** Of the invocation that writes now; where none runs, of the one before. */
export function aboutRunning(): Invocation["about"] | undefined {
  const [only = last] = running;
  if (only === undefined || running.size <= 1) return only?.about;
  const { requestId: _, connectionId: __, ...about } = only.about;
  return about;
}

/** What the newest of those that run measures. */
export const measuredNow = (): Invocation["measured"] => [...running].at(-1)?.measured;

type FunctionContext = Partial<Pick<Context, "functionName" | "awsRequestId">>;

/** The request's id is the one that its client is told, where there is a client. */
export function aboutOf(
  event: unknown,
  { functionName, awsRequestId }: FunctionContext,
  running: Running,
): Invocation["about"] {
  const { requestId = awsRequestId, connectionId } = Object(Object(event).requestContext);
  return { function: functionName, ...running, requestId, connectionId };
}
