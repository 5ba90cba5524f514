/**
 * The names of public rooms that an operator keeps for itself, as `RESERVED_ROOMS` lists them:
 * names, and beginnings with a `*` behind them, separated by commas. The functions read it with
 * this, and so does the check of a deployment.
 */

/** One name of a room's grammar, or a beginning of one; `*` alone is all names. */
const entry = /^(?:[a-z0-9][a-z0-9._-]{0,63}\*?|\*)$/;

export type IsReserved = (room: string) => boolean;

/** @throws TypeError that names the variable */
export function parseReservedNames(setting: string | undefined): IsReserved {
  const entries = setting?.trim() ? setting.split(",").map((name) => name.trim()) : [];
  if (!entries.every((name) => entry.test(name))) {
    throw new TypeError("RESERVED_ROOMS must be names of rooms, or name*, with commas");
  }
  const names = new Set(entries);
  const beginnings = entries.filter((name) => name.endsWith("*")).map((name) => name.slice(0, -1));
  return (room) => names.has(room) || beginnings.some((beginning) => room.startsWith(beginning));
}
