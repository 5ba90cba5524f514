/**
 * For how long messages are kept, as `RETENTION` says: `rooms`, as each room says; or a number of
 * days, which no room's own time exceeds. It is settled when functions are bundled.
 */
import { limits } from "./limits.ts";

const dayMs = 24 * 60 * 60_000;

/** Undefined where everything is kept. @throws TypeError that names the variable */
export function parseRetention(setting: string | undefined): { longestMs: number } | undefined {
  if (setting === undefined) return undefined;
  if (setting === "rooms") return { longestMs: Number.POSITIVE_INFINITY };
  const longestMs = /^\d{1,4}$/.test(setting) ? Number(setting) * dayMs : 0;
  if (longestMs >= limits.retentionMsLeast && longestMs <= limits.retentionMs) return { longestMs };
  throw new TypeError(
    `RETENTION must be rooms, or a number of days up to ${limits.retentionMs / dayMs}`,
  );
}
