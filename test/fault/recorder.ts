/**
 * Writes the history that the checker reads: what clients asked and were told, off their sockets,
 * and what the database took, off the proxy. Requests are named by device, since every client
 * counts its own. An event that is shown again is kept once, so that a hundred thousand messages
 * fit; one that is shown differently is kept as it came, for the checker to see.
 */

import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { LogEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Entry, Request } from "../support/checker/history.ts";
import { pagesIn } from "../support/syncReply.ts";
import type { TableRequest } from "../support/tableProxy.ts";

export interface Recorder {
  readonly entries: readonly Entry[];
  /** When each was written, in milliseconds from the beginning. */
  readonly times: readonly number[];
  /** Positions that were shown with two contents: already wrong, whatever the logs say. */
  readonly contradictions: number;
  opened(connection: string, user: string): void;
  /** Nothing is promised to it any more. */
  closed(connection: string): void;
  asked(connection: string, request: string, frame: Request): void;
  received(connection: string, frame: ServerFrame): void;
  /** The gateway spoke for a handler that could not. */
  failed(connection: string): void;
  denied(connectionId: string): void;
  isOpen(connectionId: string): boolean;
  openIds(): string[];
  /** The database is being asked for this. */
  begins(request: TableRequest): void;
  /** The database has carried this out. */
  done(request: TableRequest, status: number): void;
  /** The one object for this event. */
  intern(room: string, event: LogEvent): LogEvent;
  /** Notes as ended what was asked so long ago that it must have been answered. */
  endOverdue(afterMs: number): void;
  /** Requests on open connections that nobody has answered, and the gateway has not spoken for. */
  unanswered(): number;
  noteEnded(request: string): void;
}

/** Answers to requests that let somebody in, or give a right. */
const giving: ReadonlySet<ServerFrame["type"]> = new Set([
  ...(["joined", "created", "granted", "invited"] as const),
  ...(["unbanned", "muted", "reopened", "configured"] as const),
]);

interface OpenConnection {
  connectionId?: string;
  /** What is not answered yet. */
  waiting: Set<string>;
  spokenFor: number;
}

interface Asked {
  request: string;
  connection: string;
  atMs: number;
}

export function createRecorder(): Recorder {
  const entries: Entry[] = [];
  const times: number[] = [];
  const startedMs = Date.now();
  const note = (entry: Entry) => {
    entries.push(entry);
    times.push(Date.now() - startedMs);
  };
  const open = new Map<string, OpenConnection>();
  const names = new Map<string, string>();
  const events = createEvents();
  let overdue: Asked[] = [];
  const answered = new Set<string>();

  function answer(connection: string, frame: ServerFrame): void {
    if (!("id" in frame) || frame.id === undefined) return;
    if (open.get(connection)?.waiting.delete(frame.id)) answered.add(frame.id);
  }

  return {
    entries,
    times,
    get contradictions() {
      return events.contradictions;
    },
    intern: events.intern,
    opened(connection, user) {
      open.set(connection, { waiting: new Set(), spokenFor: 0 });
      note({ what: "opened", connection, user });
    },
    closed(connection) {
      const known = open.get(connection);
      if (known === undefined) return;
      open.delete(connection);
      if (known.connectionId !== undefined) names.delete(known.connectionId);
      note({ what: "closed", connection });
    },
    asked(connection, request, frame) {
      open.get(connection)?.waiting.add(request);
      overdue.push({ request, connection, atMs: Date.now() });
      note({ what: "asked", connection, request, frame });
    },
    received(connection, frame) {
      if (frame.type === "welcome" && frame.connectionId !== undefined) {
        names.set(frame.connectionId, connection);
        const known = open.get(connection);
        if (known) known.connectionId = frame.connectionId;
      }
      for (const page of pagesIn(frame)) {
        page.events = page.events.map((event) => events.intern(page.room, event));
      }
      note({ what: "received", connection, frame });
      answer(connection, frame);
      // A handler that has answered with one of these gives nobody anything any more.
      if (giving.has(frame.type) && "id" in frame && frame.id !== undefined) {
        note({ what: "ended", request: frame.id });
      }
    },
    failed(connection) {
      const known = open.get(connection);
      if (known) known.spokenFor += 1;
      note({ what: "failed", connection });
    },
    denied(connectionId) {
      const connection = names.get(connectionId);
      if (connection === undefined) return;
      const known = open.get(connection);
      if (known) known.spokenFor += 1;
      note({ what: "denied", connection });
    },
    isOpen: (connectionId) => names.has(connectionId),
    openIds: () => [...names.keys()],
    begins(request) {
      const appending = appendOf(request);
      if (appending === undefined) return;
      note({ what: "appending", room: appending.room, seq: appending.event.seq });
    },
    done(request, status) {
      const appended = status === 200 ? appendOf(request) : undefined;
      if (appended === undefined) return;
      const { room, event } = appended;
      note({ what: "appended", room, event: events.intern(room, event) });
    },
    endOverdue(afterMs) {
      const now = Date.now();
      const due = overdue.findIndex(({ atMs }) => now - atMs < afterMs);
      const over = overdue.slice(0, due < 0 ? overdue.length : due);
      overdue = due < 0 ? [] : overdue.slice(due);
      for (const { request } of over) {
        if (!answered.delete(request)) note({ what: "ended", request });
      }
    },
    unanswered() {
      const lacking = [...open.values()].map(({ waiting, spokenFor }) => waiting.size - spokenFor);
      return lacking.reduce((sum, count) => sum + Math.max(0, count), 0);
    },
    noteEnded: (request) => note({ what: "ended", request }),
  };
}

/** Every event once, by room and position. */
function createEvents() {
  const rooms = new Map<string, LogEvent[]>();
  let contradictions = 0;
  return {
    get contradictions() {
      return contradictions;
    },
    intern(room: string, event: LogEvent): LogEvent {
      // What has changed since is another thing to show, each time.
      if (event.kind !== "message" || event.v !== undefined) return event;
      const log = rooms.get(room) ?? [];
      rooms.set(room, log);
      const known = log[event.seq];
      if (known === undefined) {
        log[event.seq] = event;
        return event;
      }
      // Of an own message a client knows no more than its ack said: no name.
      const isSame =
        known.from === event.from &&
        known.cid === event.cid &&
        known.text === event.text &&
        known.n === event.n &&
        known.sentAtMs === event.sentAtMs;
      if (isSame) return known;
      contradictions += 1;
      return event;
    },
  };
}

/** The event that a request puts into a log, if it does. */
export function appendOf({
  operation,
  body,
}: TableRequest): { room: string; event: LogEvent } | undefined {
  if (operation !== "PutItem" || !body.includes('"LOG#')) return undefined;
  const { pk, sk, ...event } = unmarshall(JSON.parse(body).Item);
  if (!/^\d+$/.test(sk)) return undefined; // how a room is delivered
  return {
    room: String(pk).slice("LOG#".length),
    event: { seq: Number(sk), ...event } as LogEvent,
  };
}
