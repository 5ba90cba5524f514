/**
 * What the operator sees: one line of JSON each, for CloudWatch Logs Insights to query by field.
 * Errors are written with their causes; their messages are ours or the SDK's, never a client's.
 * What an invocation measured is one more line, in CloudWatch's embedded metric format.
 *
 * Not by `console`: where the log format is JSON, Lambda makes a field of each argument,
 * and none of ours could be asked for. A line of JSON on an output is taken as it is.
 */
import type { Report } from "../../ports.ts";
import { aboutOf, aboutRunning, during, type Invocation, measure } from "./invocation.ts";

export const consoleReport: Report = (what, details) => {
  process.stderr.write(lineOf("error", what, details));
  measure(what, 1);
};

/** As `consoleReport`, of what is no failure of ours: counted, and no reason to look. */
export const consoleNote: Report = (what, details) => {
  process.stdout.write(lineOf("info", what, details));
  measure(what, 1);
};

export interface Invoking {
  isMeasuring: boolean;
  /** Of the code, in every line. */
  version: string;
  nowMs(): number;
}

/** A handler whose lines say which invocation wrote them, and which ends with what it measured. */
export function consoleInvoked<E, C extends unknown[], R>(
  handle: (event: E, ...context: C) => Promise<R>,
  { isMeasuring, version, nowMs }: Invoking,
): (event: E, ...context: C) => Promise<R> {
  return (event, ...context) => {
    const about = aboutOf(event, Object(context[0]), version);
    const invocation: Invocation = { about, measured: isMeasuring ? new Map() : undefined };
    return during(invocation, async () => {
      try {
        return await handle(event, ...context);
      } finally {
        if (invocation.measured?.size) process.stdout.write(measuredLine(invocation, nowMs()));
      }
    });
  };
}

/** Counts have no unit, which saves bytes that are paid for. */
export function measuredLine({ about, measured = new Map() }: Invocation, Timestamp: number) {
  const { function: name = "" } = about;
  const Metrics = [...measured.keys()].map((Name) =>
    Name.endsWith("Ms") ? { Name, Unit: "Milliseconds" } : { Name },
  );
  const directive = { Namespace: "Parley", Dimensions: [["service"]], Metrics };
  const details = {
    _aws: { Timestamp, CloudWatchMetrics: [directive] },
    service: name.slice(0, name.lastIndexOf("-")),
    ...Object.fromEntries(measured),
  };
  return lineOf("info", "measured", details, about);
}

const lineOf = (level: string, what: string, details: object, about = aboutRunning()): string =>
  `${JSON.stringify({ level, what, ...details, ...about }, writable)}\n`;

function writable(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause !== undefined && { cause }) };
}
