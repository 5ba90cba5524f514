/**
 * My rooms with what is unread in each. The service counts at every connect; from then on the
 * events count, and my read position, which may move on another device of mine.
 */
import type { LogEvent, ServerFrame } from "./frames.ts";

export interface RoomSummary {
  readonly room: string;
  /** The position of its newest event; 0 before the first. */
  readonly seq: number;
  /** How many messages it holds. */
  readonly n: number;
  /** My read position. */
  readonly readSeq: number;
  /** How many messages it held up to my read position. */
  readonly readN: number;
  /** Messages behind my read position; 0 while the newest message is mine. */
  readonly unread: number;
  /** The newest event, once one has come. */
  readonly last?: LogEvent | undefined;
}

export type RoomListChange =
  /** All of them, from every page of `welcome`. */
  | { type: "all"; rooms: ServerFrame<"welcome">["rooms"] }
  | ServerFrame<"joined" | "left">
  /** My own position. */
  | ServerFrame<"read">
  | { type: "event"; room: string; event: LogEvent; isMine: boolean };

/** The same list where nothing in it changed, and the same rooms where nothing in them did. */
export function roomList(
  rooms: readonly RoomSummary[],
  change: RoomListChange,
): readonly RoomSummary[] {
  if (change.type === "all") {
    const known = new Map(rooms.map((one) => [one.room, one]));
    const all = change.rooms.map(({ room, seq, n, readSeq, unread }) => {
      const before = known.get(room);
      const now = { room, seq, n, readSeq, readN: n - unread, unread, last: before?.last };
      return before && isSame(before, now) ? before : now;
    });
    const isChanged = all.length !== rooms.length || all.some((one, i) => one !== rooms[i]);
    return isChanged ? all : rooms;
  }
  const before = rooms.find(({ room }) => room === change.room);
  if (change.type === "left") return before ? rooms.filter((one) => one !== before) : rooms;
  const now = changed(before ?? nothing(change.room), change);
  if (before && isSame(before, now)) return rooms;
  const others = rooms.filter((one) => one !== before);
  return [...others, now].sort((a, b) => (a.room < b.room ? -1 : 1));
}

function changed(
  before: RoomSummary,
  change: Exclude<RoomListChange, { type: "all" | "left" }>,
): RoomSummary {
  if (change.type === "joined") {
    const { seq, n } = change;
    return before.seq > 0 ? before : { ...before, seq, n, readSeq: seq, readN: n };
  }
  if (change.type === "read") {
    if (change.seq <= before.readSeq) return before;
    const { seq: readSeq, n: readN } = change;
    return { ...before, readSeq, readN, unread: Math.max(0, before.n - readN) };
  }
  const { event, isMine } = change;
  if (event.seq < before.seq) return before; // the count of the last connect includes it
  const unread = isMine ? 0 : Math.max(0, event.n - before.readN);
  return { ...before, seq: event.seq, n: event.n, unread, last: event };
}

function nothing(room: string): RoomSummary {
  return { room, seq: 0, n: 0, readSeq: 0, readN: 0, unread: 0 };
}

function isSame(one: RoomSummary, other: RoomSummary): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
