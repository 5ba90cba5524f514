/** Reported messages in memory. */

import type { ReportedMessages } from "../../../lib/messagePorts.ts";
import type { Reported } from "../../../lib/model.ts";

export function memoryReportedMessages(): ReportedMessages {
  const rooms = new Map<string, (Reported & { keptUntilMs: number })[]>();
  const isBefore = (a: { seq: number; by: string }, b: { seq: number; by: string }) =>
    a.seq === b.seq ? a.by < b.by : a.seq > b.seq;
  const placeOf = ({ event, by }: Reported) => ({ seq: event.seq, by });
  return {
    async put(room, reported, keptUntilMs) {
      const isSame = ({ by, event }: Reported) =>
        by === reported.by && event.seq === reported.event.seq;
      const there = rooms.get(room) ?? [];
      if (there.some((one) => isSame(one) && one.keptUntilMs > reported.atMs)) return;
      const others = there.filter((one) => !isSame(one));
      rooms.set(room, [...others, structuredClone({ ...reported, keptUntilMs })]);
    },
    async list(room, after, limit, nowMs) {
      const found = (rooms.get(room) ?? [])
        .filter(({ keptUntilMs }) => keptUntilMs > nowMs)
        .filter((one) => after === undefined || isBefore(after, placeOf(one)))
        .sort((a, b) => (isBefore(placeOf(a), placeOf(b)) ? -1 : 1));
      return structuredClone(found.slice(0, limit).map(({ keptUntilMs: _, ...one }) => one));
    },
  };
}
