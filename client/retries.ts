/**
 * When to try again. Every wait has a random part: a thousand clients that lost their gateway at
 * the same moment must not come back at the same moment.
 */
import { ChatError } from "./chatError.ts";
import { limits } from "./limits.ts";

/** A random part of 1, 2, 4 … 30 s. `failures` counts those in a row before this one. */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(limits.backoffMs * 2 ** failures, limits.backoffMsMax);
}

/** After attempt number `attempts` failed: wait and try again, or fail with this error. */
export function decideRetry(
  error: ChatError,
  attempts: number,
  random: () => number,
): { afterMs: number } | { error: ChatError } {
  // `sync_first` is answered by a sync, and then by the same request again.
  if (!error.retryable && error.code !== "sync_first") return { error };
  if (attempts >= limits.attempts) {
    const message = `${error.message} (and so ${attempts} times)`;
    return { error: new ChatError("gave_up", message, { cause: error }) };
  }
  return { afterMs: error.retryAfterMs ?? backoffMs(attempts - 1, random) };
}
