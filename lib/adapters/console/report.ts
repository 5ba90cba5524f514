/**
 * What the operator sees: one line of JSON each, for CloudWatch Logs Insights to query by field.
 * Errors are written with their causes; their messages are ours or the SDK's, never a client's.
 * What an invocation measured is one more line (measured.ts).
 *
 * Not by `console`: where the log format is JSON, Lambda makes a field of each argument,
 * and none of ours could be asked for. A line of JSON on an output is taken as it is.
 */
import type { Report } from "../../ports.ts";
import { aboutOf, aboutRunning, during, type Invocation, type Running } from "./invocation.ts";

export const consoleReport: Report = (what, details) => {
  process.stderr.write(lineOf("error", what, details));
};

/** As `consoleReport`, of what is no failure of ours, and no reason to look. */
export const consoleNote: Report = (what, details) => {
  process.stdout.write(lineOf("info", what, details));
};

interface Invoking {
  /** In every line. */
  runningAs(): Running;
  /** The line that tells of what was measured (measured.ts); none: nothing is. */
  measuredLine?: ((invocation: Invocation) => string) | undefined;
}

/** A handler whose lines say which invocation wrote them, and which ends with what it measured. */
export function consoleInvoked<E, C extends unknown[], R>(
  handle: (event: E, ...context: C) => Promise<R>,
  { runningAs, measuredLine }: Invoking,
): (event: E, ...context: C) => Promise<R> {
  return (event, ...context) => {
    const about = aboutOf(event, Object(context[0]), runningAs());
    const invocation: Invocation = { about, measured: measuredLine && new Map() };
    return during(invocation, async () => {
      try {
        return await handle(event, ...context);
      } finally {
        if (invocation.measured?.size) process.stdout.write(measuredLine?.(invocation) ?? "");
      }
    });
  };
}

export const lineOf = (
  level: string,
  what: string,
  details: object,
  about = aboutRunning(),
): string => `${JSON.stringify({ level, what, ...details, ...about }, writable)}\n`;

function writable(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause !== undefined && { cause }) };
}
