/**
 * What a sweep removed, as it was: the checker holds promises to the whole log, as if nothing had
 * been deleted.
 */
import type { MessageLog } from "../../lib/ports.ts";
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import type { Expiry } from "../../lib/retentionPorts.ts";

/** By room and position, what was removed or emptied. */
export type Removed = Map<string, Map<number, LogEvent>>;

export function remembering(
  expiry: Expiry,
  log: Pick<MessageLog, "find">,
  removed: Removed,
): Expiry {
  const remember = async (room: string, seq: number) => {
    const event = await log.find(room, seq);
    const there = removed.get(room) ?? new Map<number, LogEvent>();
    removed.set(room, there);
    if (event && !there.has(seq)) there.set(seq, event);
  };
  return {
    ...expiry,
    async remove(room, seqs) {
      for (const seq of seqs) await remember(room, seq);
      await expiry.remove(room, seqs);
    },
    async empty(room, seq, nowMs) {
      await remember(room, seq);
      await expiry.empty(room, seq, nowMs);
    },
  };
}

/** A log as it would be if nothing had been removed. */
export function wholeLog(
  there: readonly LogEvent[],
  removed: ReadonlyMap<number, LogEvent> = new Map(),
): LogEvent[] {
  const left = there.filter(({ seq }) => !removed.has(seq));
  return [...left, ...removed.values()].sort((a, b) => a.seq - b.seq);
}
