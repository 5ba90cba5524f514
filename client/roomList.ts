/**
 * My rooms with what is unread in each. The service counts at every connect; from then on the
 * events count, and my read position, which may move on another device of mine.
 */
import type { LogEvent, MessageEvent, ServerFrame } from "./frames.ts";
import { withFields } from "./withFields.ts";

/** One of my rooms, as a list of rooms shows it. */
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
  /** Messages behind my read position, or from `unreadFrom` on; 0 while the newest is mine. */
  readonly unread: number;
  /** Unread mentions of me. */
  readonly mentions: number;
  /** The newest message, once one has come. */
  readonly last?: MessageEvent | undefined;
  readonly title?: string | undefined;
  /** What I may do here; none: what every member may. */
  readonly role?: "owner" | "moderator" | undefined;
  /** Until when I may add nothing; milliseconds since 1970. */
  readonly mutedUntilMs?: number | undefined;
  /** What notifies me; none: everything. */
  readonly notify?: "mentions" | "none" | undefined;
  /** Whether I hide the room. */
  readonly hidden?: true | undefined;
  /** From where on I marked it as unread. */
  readonly unreadFrom?: number | undefined;
}

export type RoomListChange =
  /** All of them, from every page of `welcome`. */
  | { type: "all"; rooms: ServerFrame<"welcome">["rooms"] }
  | ServerFrame<"joined" | "created" | "left" | "preferences">
  /** My own position. */
  | ServerFrame<"read">
  | { type: "event"; room: string; event: LogEvent };

/** The same list where nothing in it changed, and the same rooms where nothing in them did. */
export function roomList(
  rooms: readonly RoomSummary[],
  change: RoomListChange,
  me: string | undefined,
): readonly RoomSummary[] {
  if (change.type === "all") {
    const known = new Map(rooms.map((one) => [one.room, one]));
    const all = change.rooms.map(({ tag: _, ...one }) => {
      const before = known.get(one.room);
      const now = { ...one, readN: one.n - one.unread, last: before?.last };
      return before ? withFields(before, now) : now;
    });
    const isChanged = all.length !== rooms.length || all.some((one, i) => one !== rooms[i]);
    return isChanged ? all : rooms;
  }
  const before = rooms.find(({ room }) => room === change.room);
  if (change.type === "left") return before ? rooms.filter((one) => one !== before) : rooms;
  const known = before ?? nothing(change.room);
  const now = withFields(known, changed(known, change, me));
  if (now === before) return rooms;
  const others = rooms.filter((one) => one !== before);
  return [...others, now].sort((a, b) => (a.room < b.room ? -1 : 1));
}

function changed(
  before: RoomSummary,
  change: Exclude<RoomListChange, { type: "all" | "left" }>,
  me: string | undefined,
): RoomSummary {
  switch (change.type) {
    case "joined":
    case "created": {
      const { seq, n, title, role } = change;
      const mine = { ...before, title, role };
      return before.seq > 0 ? mine : { ...mine, seq, n, readSeq: seq, readN: n };
    }
    case "preferences": {
      const { notify, hidden, unreadFrom } = change;
      // How many there are from there on is known at the next connect.
      const unread = unreadFrom ? Math.max(1, before.unread) : before.unread;
      return { ...before, notify, hidden, unreadFrom, unread };
    }
    case "read": {
      const { seq, n } = change;
      const { readSeq, unreadFrom = Number.POSITIVE_INFINITY } = before;
      if (seq <= readSeq && seq < unreadFrom) return before;
      const unread = Math.max(0, before.n - n);
      // Each of them is in a message that is unread.
      const mentions = Math.min(before.mentions, unread);
      const read = { ...before, readSeq: Math.max(seq, readSeq), readN: n, unread, mentions };
      return seq < unreadFrom ? read : { ...read, unreadFrom: undefined };
    }
    case "event":
      return happened(before, change.event, me);
  }
}

function happened(before: RoomSummary, event: LogEvent, me: string | undefined): RoomSummary {
  const { seq, n, kind } = event;
  if (seq < before.seq) return before; // the count of the last connect includes it
  const now = { ...before, seq, n };
  if (kind === "room") return { ...now, title: event.set.title ?? now.title };
  if (kind === "member" && event.user === me) {
    const { change, role, untilMs } = event;
    if (change === "muted") return { ...now, mutedUntilMs: untilMs };
    return change === "role" ? { ...now, role: role === "member" ? undefined : role } : now;
  }
  if (kind === "changed" && event.of === before.last?.seq) return { ...now, last: event.now };
  if (kind !== "message") return now;
  const isMine = event.from === me;
  const unread = isMine ? 0 : Math.max(0, n - before.readN);
  const isForMe = !isMine && (event.everyone || event.mentions?.includes(me ?? ""));
  const mentions = before.mentions + (isForMe && seq > before.seq ? 1 : 0);
  // A direct room that I hide comes back with the next message.
  const hidden = before.room.startsWith("dm:") ? undefined : before.hidden;
  return { ...now, unread, mentions, hidden, last: event };
}

function nothing(room: string): RoomSummary {
  return { room, seq: 0, n: 0, readSeq: 0, readN: 0, unread: 0, mentions: 0 };
}
