/**
 * What the operator sees: one line of JSON each, for CloudWatch Logs Insights to query by field.
 * Errors are written with their causes; their messages are ours or the SDK's, never a client's.
 */
import type { Report } from "../../ports.ts";

export const consoleReport: Report = (what, details) => {
  console.error(JSON.stringify({ level: "error", what, ...details }, writable));
};

/** As `consoleReport`, of what is no failure of ours: counted, and no reason to look. */
export const consoleNote: Report = (what, details) => {
  console.info(JSON.stringify({ level: "info", what, ...details }, writable));
};

function writable(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, stack, ...(cause !== undefined && { cause }) };
}
