/**
 * What readers are given where messages are kept for a time only: nothing that is past its time,
 * whether it has been deleted yet or not. It stands in front of the ports, so that no action can
 * forget it. Each request decides once what is past, by the clock and the room's own time.
 *
 * A page begins behind its last event that is past its time, so it has no holes. The newest event
 * of a room keeps its place. If it is a message past its time, readers see it as deleted, and the
 * sweep deletes it in the table as well.
 */
import type { EventRange, RoomItem } from "../../model.ts";
import type { Clock, Mentions, MessageLog, Rooms } from "../../ports.ts";
import { deletedFields } from "../../protocol/events.ts";
import { directUsers } from "../../protocol/names.ts";
import type { LogEvent } from "../../protocol/serverFrames.ts";

export interface Retention {
  /** What is older is past its time in every room; Infinity: no room's own time exceeds it. */
  longestMs: number;
  rooms: Pick<Rooms, "find">;
  clock: Pick<Clock, "nowMs">;
}

/** For how long a room's messages are kept; Infinity: for good. */
export function keptMs({ retentionMs = 0 }: Pick<RoomItem, "retentionMs">, longestMs: number) {
  return Math.min(retentionMs || Number.POSITIVE_INFINITY, longestMs);
}

/** The time up to which what was sent in a room is past its time; −Infinity where nothing is. */
type PastMs = (room: string) => Promise<number>;

/** Each room's is found once. A direct room has no time of its own, so nothing is read for it. */
export function pastIn({ longestMs, rooms, clock }: Retention): PastMs {
  const found = new Map<string, Promise<number>>();
  const find = async (room: string) => {
    const item = directUsers(room) ? {} : await rooms.find(room);
    return clock.nowMs() - keptMs(item, longestMs);
  };
  return (room) => {
    const past = found.get(room) ?? find(room);
    found.set(room, past);
    return past;
  };
}

/** What the newest event of a log says when it is past its time. */
export function withoutContent(event: LogEvent): LogEvent {
  if (event.kind !== "message") return event;
  const left = Object.entries(event).filter(([name]) => !deletedFields.includes(name));
  const deleted = event.deleted ?? { by: "moderator", atMs: event.sentAtMs };
  return { ...(Object.fromEntries(left) as typeof event), deleted };
}

export function retainedLog(log: MessageLog, pastMs: PastMs): MessageLog {
  const isHead = async (room: string, { seq }: LogEvent) =>
    (await log.find(room, seq + 1)) === undefined;
  /** One that is past its time, where it is the newest of its log. */
  const asHead = async (room: string, event: LogEvent | undefined) =>
    event && (await isHead(room, event)) ? [withoutContent(event)] : [];

  const list = async (room: string, range: EventRange): Promise<LogEvent[]> => {
    const [past, found] = await Promise.all([pastMs(room), log.list(room, range)]);
    const isPast = ({ sentAtMs }: LogEvent) => sentAtMs <= past;
    if (!found.some(isPast)) return found;
    if (range.order === "newest first") {
      const kept = found.slice(0, found.findIndex(isPast));
      return kept.length > 0 ? kept : asHead(room, found[0]);
    }
    const last = found.findLastIndex(isPast);
    if (last < found.length - 1) return found.slice(last + 1);
    const begins = await firstKept(room, found[last]?.seq ?? 0, isPast);
    if (begins === undefined) return asHead(room, (await log.tail(room, 1)).events[0]);
    return list(room, { ...range, after: begins - 1 });
  };

  /** The first position behind one that is past its time: positions ascend as times do. */
  const firstKept = async (room: string, from: number, isPast: (event: LogEvent) => boolean) => {
    const [head] = (await log.tail(room, 1)).events;
    if (head === undefined || isPast(head)) return undefined;
    let [past, kept] = [from, head.seq];
    while (kept - past > 1) {
      const middle = Math.floor((past + kept) / 2);
      const event = await log.find(room, middle);
      if (event === undefined || isPast(event)) past = middle;
      else kept = middle;
    }
    return kept;
  };

  return {
    ...log,
    list,
    async find(room, seq) {
      const [past, event] = await Promise.all([pastMs(room), log.find(room, seq)]);
      return event && event.sentAtMs <= past ? (await asHead(room, event))[0] : event;
    },
    async findAll(room, seqs) {
      const [past, found] = await Promise.all([pastMs(room), log.findAll(room, seqs)]);
      const kept = found.filter(({ sentAtMs }) => sentAtMs > past);
      // Of a room whose newest event is past its time, all are.
      return kept.length > 0 ? kept : asHead(room, found.at(-1));
    },
    async findChangeable(room, seq) {
      const [past, found] = await Promise.all([pastMs(room), log.findChangeable(room, seq)]);
      return found && found.event.sentAtMs > past ? found : undefined;
    },
  };
}

/** Pins of messages that are deleted since are none: they take no place among a room's pins. */
export function retainedRooms(rooms: Rooms): Rooms {
  return {
    ...rooms,
    async find(room) {
      const item = await rooms.find(room);
      const { begins } = item;
      return begins ? { ...item, pins: item.pins.filter((seq) => seq >= begins.seq) } : item;
    },
  };
}

export function retainedMentions(mentions: Mentions, pastMs: PastMs): Mentions {
  return {
    ...mentions,
    async list(user, before, limit) {
      const kept: Awaited<ReturnType<Mentions["list"]>> = [];
      for (let place = before; kept.length < limit; ) {
        const page = await mentions.list(user, place, limit);
        for (const mention of page) {
          if (mention.atMs > (await pastMs(mention.room))) kept.push(mention);
        }
        place = page.at(-1);
        if (page.length < limit) break;
      }
      return kept.slice(0, limit);
    },
  };
}
