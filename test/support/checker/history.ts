/**
 * What happened, as the checker is told: in order, so that an entry's index is its time. What a
 * client knows (`asked`, `received`) and what only a simulation can see (`appended`, `died`) are
 * kept apart by kind; the checks say which of them they need.
 */
import type { Reactor } from "../../../lib/model.ts";
import type { Action, ClientFrame } from "../../../lib/protocol/clientFrames.ts";
import { directRoom } from "../../../lib/protocol/names.ts";
import type { LogEvent, ServerFrame } from "../../../lib/protocol/serverFrames.ts";

export type Request = { [A in Action]: ClientFrame<A> }[Action];

export type Entry =
  /** A connection opened, for the user whom its token names. */
  | { what: "opened"; connection: string; user: string }
  /** It is closed, or has vanished: nothing is promised to it any more. */
  | { what: "closed"; connection: string }
  | { what: "asked"; connection: string; request: string; frame: Request }
  /** The handler of a request was killed: no answer is due. */
  | { what: "died"; request: string }
  /** The handler of a request came to its end. */
  | { what: "ended"; request: string }
  | { what: "received"; connection: string; frame: ServerFrame }
  /** A frame was posted to a connection by a function, or for one, that began at an entry. */
  | { what: "posted"; connection: string; frame: ServerFrame; begunAt: number }
  /** Its gateway did not take a post for a connection that is there: only `sync` can help it. */
  | { what: "untaken"; connection: string }
  /** The gateway itself said that a request failed. It does not say which. */
  | { what: "failed"; connection: string }
  /** The gateway told the service that a living connection is gone: an answer may be, too. */
  | { what: "denied"; connection: string }
  /** A database is being asked to take an event there: it may have it from here on. */
  | { what: "appending"; room: string; seq: number }
  /** The log took an event. */
  | { what: "appended"; room: string; event: LogEvent };

export interface History {
  entries: readonly Entry[];
  /** The final logs, by room, oldest first. */
  logs: ReadonlyMap<string, readonly LogEvent[]>;
  /** Connections that hear a room at the end, with their users: what presence has to agree with. */
  hearing?: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Who reacted to each message in the end, by room and position: counts have to agree with it. */
  reactors?: ReadonlyMap<string, readonly Reactor[]> | undefined;
}

export interface Violation {
  /** The number of the promise in docs/protocol.md. */
  promise: number;
  /** What happened, in words. */
  story: string;
  /** The entry that shows it. */
  at: number;
  connection?: string;
  room?: string;
}

/** How kind the network was, and so how much may be asked. */
export interface Conditions {
  /**
   * Every post was taken and every killed request sent again: then everything is pushed, too.
   */
  isLossless: boolean;
  /**
   * Functions were killed. A message is then pushed again when it is sent again. An entry of
   * another kind is not: who was not pushed it finds it at their next sync.
   */
  wasKilled?: boolean;
  /**
   * The gateway answers for handlers that die, and may take a post whose sender is told otherwise.
   * So whatever `ended` is answered in one way or the other, and the very same answer may come
   * twice.
   */
  isReal?: boolean;
}

export type Of<W extends Entry["what"]> = Extract<Entry, { what: W }> & { at: number };

/** Work that several checks need, or one check for each of many entries, and so is done once. */
export function once<T>(make: (history: History) => T): (history: History) => T {
  const made = new WeakMap<History, T>();
  return (history) => {
    const known = made.get(history);
    if (known !== undefined) return known;
    const value = make(history);
    made.set(history, value);
    return value;
  };
}

const sorted = once((history) => {
  const kinds = new Map<string, Of<Entry["what"]>[]>();
  for (const [at, entry] of history.entries.entries()) {
    const kind = kinds.get(entry.what);
    const timed = { ...entry, at };
    if (kind) kind.push(timed);
    else kinds.set(entry.what, [timed]);
  }
  return kinds;
});

export function entriesOf<W extends Entry["what"]>(history: History, what: W): Of<W>[] {
  return (sorted(history).get(what) ?? []) as Of<W>[];
}

/** Whose connection it is, by the token that it was opened with. */
export const usersOf = once(
  (history): ReadonlyMap<string, string> =>
    new Map(entriesOf(history, "opened").map(({ connection, user }) => [connection, user])),
);

export function receivedOf<T extends ServerFrame["type"]>(
  history: History,
  type: T,
): (Omit<Of<"received">, "frame"> & { frame: ServerFrame<T> })[] {
  return entriesOf(history, "received").filter(({ frame }) => frame.type === type) as never;
}

/** The answers to each request, by its id. */
export const answersOf = once((history): ReadonlyMap<string, Of<"received">[]> => {
  const answers = new Map<string, Of<"received">[]>();
  for (const entry of entriesOf(history, "received")) {
    const id = "id" in entry.frame ? entry.frame.id : undefined;
    if (id === undefined) continue;
    const known = answers.get(id);
    if (known) known.push(entry);
    else answers.set(id, [entry]);
  }
  return answers;
});

/** One request to send a message. */
export interface Sent {
  user: string;
  room: string;
  cid: string;
  text: string;
  at: number;
  request: string;
}

/** Every message that a request asked to be sent, of any kind, with the room that it went to. */
export const sendsOf = once((history): readonly Sent[] => {
  const users = usersOf(history);
  const answers = answersOf(history);
  return entriesOf(history, "asked").flatMap(({ connection, frame, request, at }) => {
    const user = users.get(connection);
    if (frame.action !== "send" || user === undefined) return [];
    const room = frame.room ?? directRoom(user, frame.to ?? user);
    // A cid that the service made is in its ack.
    const made = (answers.get(request) ?? []).map(({ frame }) => frame.type === "ack" && frame.cid);
    const cid = frame.cid ?? (made.find(Boolean) || "");
    return [{ user, room, cid, text: frame.text, at, request }];
  });
});

/** When each request's handler ended, one way or the other. */
export const endsOf = once((history): ReadonlyMap<string, number> => {
  const ends = [...entriesOf(history, "died"), ...entriesOf(history, "ended")];
  return new Map(ends.map(({ request, at }) => [request, at]));
});

type Heads = Map<string, { at: number; head: number }[]>;

/** By room: when the log had certainly taken its events, and when it can have done so first. */
const appendsOf = once((history) => {
  const heads: { certain: Heads; possible: Heads } = { certain: new Map(), possible: new Map() };
  const times = new Map<string, number>();
  const note = (known: Heads, room: string, seq: number, at: number) => {
    const appends = known.get(room) ?? [];
    known.set(room, appends);
    appends.push({ at, head: Math.max(seq, appends.at(-1)?.head ?? 0) });
  };
  for (const [at, entry] of history.entries.entries()) {
    if (entry.what !== "appended" && entry.what !== "appending") continue;
    const { room } = entry;
    const seq = entry.what === "appended" ? entry.event.seq : entry.seq;
    if (entry.what === "appended") note(heads.certain, room, seq, at);
    note(heads.possible, room, seq, at);
    const name = `${room} ${seq}`;
    if (!times.has(name)) times.set(name, at);
  }
  return { heads, times };
});

/** The first time at which the log can have had an event. */
export function appendedAt(history: History, room: string, seq: number): number | undefined {
  return appendsOf(history).times.get(`${room} ${seq}`);
}

/** The rooms that have ever got an event, and when they had certainly got the first. */
export function firstAppends(history: History): [room: string, at: number][] {
  return [...appendsOf(history).heads.certain].map(([room, [first]]) => [room, first?.at ?? 0]);
}

/** A room's head at a time: what it was at least, or can have been at most. */
export function headAt(
  history: History,
  room: string,
  at: number,
  which: "certain" | "possible" = "certain",
): number {
  const appends = appendsOf(history).heads[which].get(room) ?? [];
  let [low, high] = [0, appends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((appends[middle]?.at ?? at) < at) low = middle + 1;
    else high = middle;
  }
  return appends[low - 1]?.head ?? 0;
}

/** When each connection came to its end: closed, or told so by the service. */
export const closingsOf = once((history): ReadonlyMap<string, Of<"closed" | "received">[]> => {
  const closings = new Map<string, Of<"closed" | "received">[]>();
  const note = (entry: Of<"closed" | "received">) =>
    closings.set(entry.connection, [...(closings.get(entry.connection) ?? []), entry]);
  for (const entry of entriesOf(history, "closed")) note(entry);
  for (const entry of entriesOf(history, "received")) {
    if (entry.frame.type === "disconnect") note(entry);
  }
  return closings;
});
