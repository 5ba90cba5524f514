/**
 * The running invocation, for the lines that it writes: its function, its request, its
 * measurements so far. On Lambda an instance runs one at a time; emulators run many in one process,
 * so it is found by the chain of calls and not by a variable.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Context } from "aws-lambda";
import type { Measure } from "../../ports.ts";

export interface Invocation {
  /** In every line that is written. */
  about: {
    function: string | undefined;
    version: string;
    requestId: string | undefined;
    connectionId: string | undefined;
  };
  /** Undefined where nothing is measured. */
  measured?: Map<string, number | number[]> | undefined;
}

export const invocations = new AsyncLocalStorage<Invocation>();

/** As many values as CloudWatch takes of one metric in a line. */
const valuesMax = 100;

/** Add to a count, or keep one more duration. */
export const measure: Measure = (name, value) => {
  const measured = invocations.getStore()?.measured;
  if (measured === undefined) return;
  const before = measured.get(name) ?? (name.endsWith("Ms") ? [] : 0);
  if (typeof before === "number") measured.set(name, before + value);
  else measured.set(name, [...before, value].slice(0, valuesMax));
};

type FunctionContext = Partial<Pick<Context, "functionName" | "awsRequestId">>;

/** The request's id is the one that its client is told, where there is a client. */
export function aboutOf(
  event: unknown,
  { functionName, awsRequestId }: FunctionContext,
  version: string,
): Invocation["about"] {
  const { requestId = awsRequestId, connectionId } = Object(Object(event).requestContext);
  return { function: functionName, version, requestId, connectionId };
}
