/**
 * The log in memory: the model that the contract suite, property tests and simulations measure
 * others by.
 */
import type { MessageLog } from "../../ports.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";

export function memoryMessageLog(): MessageLog {
  const rooms = new Map<string, Map<number, LogEvent>>();
  const eventsOf = (room: string) => rooms.get(room) ?? new Map<number, LogEvent>();
  return {
    async list(room, range) {
      const isWithin = ({ seq }: LogEvent) =>
        seq > (range.after ?? 0) && seq < (range.before ?? Number.POSITIVE_INFINITY);
      const direction = range.order === "oldest first" ? 1 : -1;
      const found = [...eventsOf(room).values()]
        .filter(isWithin)
        .sort((a, b) => direction * (a.seq - b.seq));
      return structuredClone(found.slice(0, range.limit));
    },
    async find(room, seq) {
      return structuredClone(eventsOf(room).get(seq));
    },
    async put(room, event) {
      const events = eventsOf(room);
      const taken = events.get(event.seq);
      if (taken) return structuredClone(taken);
      rooms.set(room, events.set(event.seq, structuredClone(event)));
      return "stored";
    },
  };
}
