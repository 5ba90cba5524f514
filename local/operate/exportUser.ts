/** Reads out what the tables hold about a user, one fact after the other. It writes nothing. */
import type { LogEvent } from "../../lib/protocol/serverFrames.ts";
import {
  blocksOf,
  connectionsOf,
  followedAmong,
  logOf,
  membershipsOf,
  mentionsOf,
  reactionsAt,
  reportsIn,
  roomItemOf,
  roomsOf,
  type UserTables,
} from "./userData.ts";

/** One line of the export. */
export interface Fact {
  type:
    | "membership"
    | "block"
    | "connection"
    | "role"
    | "message"
    | "entry"
    | "mention"
    | "reaction"
    | "thread"
    | "report";
  [field: string]: unknown;
}

export interface Read {
  rooms: number;
  events: number;
}

/** `progress` is called behind each page of a log. */
export async function* exportUser(
  tables: UserTables,
  user: string,
  progress: (read: Read) => void = () => {},
): AsyncGenerator<Fact> {
  for (const membership of await membershipsOf(tables, user)) {
    yield { type: "membership", state: "member", ...membership };
  }
  for (const block of await blocksOf(tables, user)) yield { type: "block", ...block };
  const noted = await mentionsOf(tables, user);
  for (const mention of noted) yield { type: "mention", ...mention };
  for (const { connectionId, gateway, connectedAtMs, expiresAtMs } of await connectionsOf(
    tables,
    user,
  )) {
    yield { type: "connection", connectionId, gateway, connectedAtMs, expiresAtMs };
  }
  const isNoted = new Set(noted.map(({ room, seq }) => `${room} ${seq}`));
  const read = { rooms: 0, events: 0 };
  for (const room of await roomsOf(tables, user)) {
    read.rooms += 1;
    for await (const fact of factsIn(tables, room, user, read, progress)) {
      const { type, seq } = fact;
      if (type !== "mention" || !isNoted.has(`${room} ${seq}`)) yield fact;
    }
  }
}

async function* factsIn(
  tables: UserTables,
  room: string,
  user: string,
  read: Read,
  progress: (read: Read) => void,
): AsyncGenerator<Fact> {
  const { owners, blockedBy = [] } = await roomItemOf(tables, room);
  if (owners.includes(user)) yield { type: "role", room, role: "owner" };
  if (blockedBy.includes(user)) yield { type: "role", room, role: "blocks the other user" };
  for await (const events of logOf(tables, room)) {
    for (const event of events) {
      const type = typeOf(event, user);
      if (type === "mention") yield { type, room, seq: event.seq, from: event.from };
      else if (type !== undefined) yield { type, room, ...event };
    }
    const seqs = events.filter(({ kind }) => kind === "message").map(({ seq }) => seq);
    for (const { seq, emoji } of await reactionsAt(tables, room, seqs, user)) {
      for (const one of emoji) yield { type: "reaction", room, seq, ...one };
    }
    for (const seq of await followedAmong(tables, room, seqs, user)) {
      yield { type: "thread", room, seq };
    }
    read.events += events.length;
    progress(read);
  }
  for (const report of await reportsIn(tables, room, user)) {
    yield { type: "report", room, ...report };
  }
}

/** What an event says about a user; undefined when that is nothing. */
function typeOf(event: LogEvent, user: string): Fact["type"] | undefined {
  if (event.from === user) return event.kind === "message" ? "message" : "entry";
  if (event.kind === "member" && event.user === user) return "entry";
  if (event.kind === "message" && event.mentions?.includes(user)) return "mention";
  return undefined;
}
