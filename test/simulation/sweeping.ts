/** What is wrong where messages are kept for a time only. */
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import type { Violation } from "../support/checker/history.ts";
import { pagesIn } from "../support/syncReply.ts";
import type { Here } from "./caseShape.ts";
import { wholeLog } from "./removed.ts";

/**
 * What was shown past its time; and what is stored of it after one more sweep, or is not any more
 * though it is not past its time.
 */
export async function expiredOf(here: Here, retentionMs: number): Promise<Violation[]> {
  const { simulation, aged } = here;
  const { stores, entries } = simulation;
  if (aged === undefined) return [];
  const isPast = ({ sentAtMs }: LogEvent) => sentAtMs <= aged.nowMs - retentionMs;
  const violations: Violation[] = [];
  const blame = (promise: number, story: string, at = entries.length) =>
    violations.push({ promise, story, at });
  for (const [at, entry] of entries.entries()) {
    if (at < aged.at || entry.what !== "received") continue;
    for (const { room, events } of pagesIn(entry.frame)) {
      const shown = events.find((event) => isPast(event) && event.text !== undefined);
      if (shown) blame(13, `${entry.connection} was shown ${room} ${shown.seq} past its time`, at);
    }
  }
  await here.sweep("end");
  for (const room of stores.rooms) {
    const all = { limit: Number.MAX_SAFE_INTEGER, order: "oldest first" } as const;
    const log = await stores.log.list(room, all);
    const { begins = { seq: 1, n: 0 } } = await stores.log.onRooms.find(room);
    const seqs = log.map(({ seq }) => seq).join();
    if (log.some((event) => isPast(event) && event.text !== undefined)) {
      blame(13, `${room} is swept, and holds what is past its time`);
    }
    const wanted = log.map((_, index) => begins.seq + index).join();
    if (seqs !== wanted) blame(2, `${room} begins at ${begins.seq} and holds ${seqs}`);
    const whole = wholeLog(log, stores.removed.get(room));
    const lost = whole.filter((event) => !isPast(event) && !log.includes(event));
    if (lost.length > 0) blame(1, `${room} lost ${lost.map(({ seq }) => seq)} before their time`);
  }
  return violations;
}
