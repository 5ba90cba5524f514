/**
 * Entries of histories, for tests of the checker. Connections are named alice-1: user and number.
 */
import type { LogEvent, ServerFrame } from "../../../lib/protocol/serverFrames.ts";
import { tagsAt } from "../fixtures.ts";
import type { Entry, Request } from "./history.ts";

export const room = "general";
export const opened = (connection: string): Entry => ({
  what: "opened",
  connection,
  user: connection.split("-")[0] ?? "",
});
export const asked = (connection: string, request: string, frame: Request): Entry => ({
  what: "asked",
  connection,
  request,
  frame,
});
export const died = (request: string): Entry => ({ what: "died", request });
export const ended = (request: string): Entry => ({ what: "ended", request });
export const received = (connection: string, frame: ServerFrame): Entry => ({
  what: "received",
  connection,
  frame,
});
export const appended = (event: LogEvent, where = room): Entry => ({
  what: "appended",
  room: where,
  event,
});
export const say = (cid: string): Request => ({
  action: "send",
  room,
  text: `message ${cid.slice(2)}`,
  cid,
});
export const ack = (id: string, seq: number, changes = {}): ServerFrame => ({
  type: "ack",
  id,
  room,
  seq,
  n: seq,
  ...tagsAt(seq),
  cid: `c-${seq}`,
  sentAtMs: 1,
  ...changes,
});
export const joins = (connection: string, id: string, seq = 0): Entry[] => [
  asked(connection, id, { action: "join", room }),
  received(connection, { type: "joined", id, room, seq, n: seq, online: 1 }),
  ended(id),
];
/** The answer to a sync of the room, whole. */
export const synced = (id: string, events: LogEvent[]): ServerFrame => {
  const { seq, n } = events.at(-1) ?? { seq: 0, n: 0 };
  return { type: "sync", id, rooms: [{ room, events, seq, n, complete: true }], later: [] };
};
export const syncs = (connection: string, id: string, events: LogEvent[]): Entry[] => [
  asked(connection, id, { action: "sync", rooms: { [room]: 0 } }),
  received(connection, synced(id, events)),
  ended(id),
];
export const pushed = (connection: string, ...events: LogEvent[]) =>
  received(connection, { type: "events", room, events });

export const leaves = (connection: string, id: string): Entry[] => [
  asked(connection, id, { action: "leave", room }),
  received(connection, { type: "left", id, room }),
  ended(id),
];
