/**
 * What happened, as the checker is told: in order, so that an entry's index is its time. What a
 * client knows (`asked`, `received`) and what only a simulation can see (`appended`, `died`) are
 * kept apart by kind; the checks say which of them they need.
 */
import type { Action, ClientFrame } from "../../../lib/protocol/clientFrames.ts";
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
  /** Its gateway did not take a post for a connection that is there: only `sync` can help it. */
  | { what: "untaken"; connection: string }
  /** The log took an event. */
  | { what: "appended"; room: string; event: LogEvent };

export interface History {
  entries: readonly Entry[];
  /** The final logs, by room, oldest first. */
  logs: ReadonlyMap<string, readonly LogEvent[]>;
  /** Connections that hear a room at the end, with their users: what presence has to agree with. */
  hearing?: ReadonlyMap<string, ReadonlyMap<string, string>>;
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
}

export type Of<W extends Entry["what"]> = Extract<Entry, { what: W }> & { at: number };

/** By history and kind, since every check asks. */
const sorted = new WeakMap<History, Map<string, Of<Entry["what"]>[]>>();

export function entriesOf<W extends Entry["what"]>(history: History, what: W): Of<W>[] {
  const known = sorted.get(history) ?? new Map<string, Of<Entry["what"]>[]>();
  if (known.size === 0) {
    for (const [at, entry] of history.entries.entries()) {
      const kind = known.get(entry.what) ?? [];
      known.set(entry.what, kind);
      kind.push({ ...entry, at });
    }
    sorted.set(history, known);
  }
  return (known.get(what) ?? []) as Of<W>[];
}

/** Whose connection it is, by the token that it was opened with. */
export function usersOf(history: History): Map<string, string> {
  return new Map(entriesOf(history, "opened").map(({ connection, user }) => [connection, user]));
}

export function receivedOf<T extends ServerFrame["type"]>(
  history: History,
  type: T,
): (Omit<Of<"received">, "frame"> & { frame: ServerFrame<T> })[] {
  return entriesOf(history, "received").filter(({ frame }) => frame.type === type) as never;
}

/** The answers to each request, by its id. */
export function answersOf(history: History): Map<string, Of<"received">[]> {
  const answers = new Map<string, Of<"received">[]>();
  for (const entry of entriesOf(history, "received")) {
    const id = "id" in entry.frame ? entry.frame.id : undefined;
    if (id !== undefined) answers.set(id, [...(answers.get(id) ?? []), entry]);
  }
  return answers;
}
