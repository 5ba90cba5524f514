/** What the story insists on, on a machine as slow as it may be. */
import { setTimeout as delay } from "node:timers/promises";

/**
 * Only bounds a hang. A busy machine may take minutes. It is less than the nine minutes after which
 * a client syncs by itself, and so would find what it was never told.
 */
export const patienceMs = 300_000;
const insistMs = 500;

/** Retries: the client gives up after half a minute, which is too early on a busy machine. */
export async function insist<T>(work: () => Promise<T>): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > untilMs) throw error;
      await delay(insistMs);
    }
  }
}
