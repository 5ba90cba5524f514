/**
 * When to try again. Every wait has a random part: a thousand clients that lost their gateway at
 * the same moment must not come back at the same moment.
 */
import { ChatError } from "./chatError.ts";
import * as limits from "./limits.ts";

/** A random part of 1, 2, 4 … 30 s. `failures` counts those in a row before this one. */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(limits.backoffMs * 2 ** failures, limits.backoffMsMax);
}

/** What has become of something that is tried again and again. */
export interface Tries {
  /** How often it failed. */
  readonly failures: number;
  /** How often, and for how long, it has waited because it was told to. */
  readonly waits: number;
  readonly waitedMs: number;
}

export const noTries: Tries = { failures: 0, waits: 0, waitedMs: 0 };

/**
 * After a try that ended like this: wait, then try again; or fail with this error. A wait that the
 * service asks for is no failure, however often it does, but has an end as well.
 */
export function decideRetry(
  error: ChatError,
  tries: Tries,
  random: () => number,
): { afterMs: number; tries: Tries } | { error: ChatError } {
  if (!error.retryable && !isCurable(error)) return { error };
  const { failures, waits, waitedMs } = tries;
  if (error.retryAfterMs !== undefined) {
    if (waitedMs >= limits.toldToWaitMs) return gaveUp(error);
    // Beyond what it asks for, since all who are told to wait are told the same.
    const afterMs = error.retryAfterMs + backoffMs(waits, random);
    return { afterMs, tries: { failures, waits: waits + 1, waitedMs: waitedMs + afterMs } };
  }
  if (failures + 1 >= limits.attempts) return gaveUp(error);
  return { afterMs: backoffMs(failures, random), tries: { ...tries, failures: failures + 1 } };
}

/** These are answered by a sync or by starting the room anew, then by the same message again. */
const isCurable = ({ code }: ChatError) => code === "sync_first" || code === "log_reset";

function gaveUp(cause: ChatError): { error: ChatError } {
  return { error: new ChatError("gave_up", `${cause.message} (too often)`, { cause }) };
}
