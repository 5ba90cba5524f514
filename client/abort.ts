/** Wait for something, or until somebody no longer wants it. */

/** What everything takes that waits. */
export interface Waiting {
  /** Ends the wait with the signal's reason. The request may have been sent all the same. */
  signal?: AbortSignal | undefined;
}

/** As `orAborted`. A rejection that nobody waits for does not surface: a snapshot says the same. */
export function ifAnybodyWaits<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const waiting = orAborted(promise, signal);
  waiting.catch(() => {});
  return waiting;
}

/** @throws what `promise` rejects with, or the reason of `signal` */
export async function orAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return promise;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    stop = () => signal.removeEventListener("abort", abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    stop();
  }
}
