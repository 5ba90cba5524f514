/**
 * What the operator sees: one line of JSON each, for CloudWatch Logs Insights to query by field.
 * Errors are written with their causes; their messages are ours or the SDK's, never a client's.
 *
 * Not by `console`: where the log format is JSON, Lambda makes a field of each argument,
 * and none of ours could be asked for. A line of JSON on an output is taken as it is.
 */
import type { Report } from "../../ports.ts";

export const consoleReport: Report = (what, details) => {
  process.stderr.write(lineOf({ level: "error", what, ...details }));
};

/** As `consoleReport`, of what is no failure of ours: counted, and no reason to look. */
export const consoleNote: Report = (what, details) => {
  process.stdout.write(lineOf({ level: "info", what, ...details }));
};

const lineOf = (entry: object): string => `${JSON.stringify(entry, writable)}\n`;

function writable(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause !== undefined && { cause }) };
}
