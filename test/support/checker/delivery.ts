/**
 * What is promised to connections of what was said: nobody is skipped, and offline is no loss
 * (promises 4 and 5).
 */
import { directUsers } from "../../../lib/protocol/names.ts";
import type { ServerFrame } from "../../../lib/protocol/serverFrames.ts";
import { pagesIn, syncedIn } from "../syncReply.ts";
import {
  answersOf,
  type Conditions,
  closingsOf,
  endsOf,
  entriesOf,
  firstAppends,
  type History,
  headAt,
  once,
  receivedOf,
  usersOf,
  type Violation,
} from "./history.ts";
import { lossIn } from "./membership.ts";

/**
 * 4. A complete `sync` ends at the head or beyond it, whatever was stored when it was asked. When
 * nothing gets lost, all that comes later is pushed.
 */
export function nobodyIsSkipped(history: History, conditions: Conditions): Violation[] {
  const { isLossless } = conditions;
  const violations: Violation[] = [];
  for (const asked of entriesOf(history, "asked")) {
    if (asked.frame.action !== "sync") continue;
    for (const { room, events, complete, at, from = 1 } of syncedBy(asked.request, history)) {
      // Nothing before `from` is there for this reader.
      const cursor = Math.max(asked.frame.rooms[room] ?? 0, from - 1);
      const { connection } = asked;
      const blame = (story: string) =>
        violations.push({
          promise: 4,
          story: `${connection} synced ${room} from ${cursor}, ${story}`,
          at,
          connection,
          room,
        });
      const first = events[0]?.seq ?? cursor + 1;
      if (first !== cursor + 1) blame(`and got ${first} first`);
      if (!complete && events.length === 0) blame("and got nothing, not even the end");
      if (!complete) continue;
      const last = events.at(-1)?.seq ?? cursor;
      const head = headAt(history, room, asked.at);
      if (last < head) blame(`was told that ${last} is all, and ${head} was there`);
      if (!isLossless || stopsHearing(history, connection, room, asked.at)) continue;
      for (const seq of missing(history, conditions, connection, room, Math.max(cursor, last))) {
        blame(`and was never pushed ${seq}`);
      }
    }
  }
  return violations;
}

/** The rooms that an answer to a request brought, each with the answer's time. */
function syncedBy(request: string, history: History) {
  return (answersOf(history).get(request) ?? []).flatMap(({ frame, at }) =>
    frame.type === "sync" ? syncedIn(frame).map((room) => ({ ...room, at })) : [],
  );
}

/** 4. Who has joined is pushed all that is stored from then on, when nothing gets lost. */
export function whoJoinedIsPushed(history: History, conditions: Conditions): Violation[] {
  if (!conditions.isLossless) return [];
  return receivedOf(history, "joined").flatMap(({ connection, frame: { id, room }, at }) => {
    // A `joined` without id is about another connection.
    const askedAt = askedAts(history).get(id ?? "");
    if (askedAt === undefined || stopsHearing(history, connection, room, askedAt)) return [];
    const head = headAt(history, room, at);
    return missing(history, conditions, connection, room, head).map((seq) => {
      const story = `${connection} joined ${room} at ${head} and was never pushed ${seq}`;
      return { promise: 4, story, at, connection, room };
    });
  });
}

const askedAts = once(
  (history) => new Map(entriesOf(history, "asked").map(({ request, at }) => [request, at])),
);

/** Whether a connection closes or takes no post, or its user leaves the room, after a time. */
function stopsHearing(history: History, connection: string, room: string, at: number): boolean {
  if (closingsOf(history).has(connection) || untakenBy(history).has(connection)) return true;
  const ends = endsOf(history);
  const user = usersOf(history).get(connection);
  return (leavesOf(history).get(`${user} ${room}`) ?? []).some(
    (request) => (ends.get(request) ?? at) >= at,
  );
}

const untakenBy = once(
  (history) => new Set(entriesOf(history, "untaken").map(({ connection }) => connection)),
);

/** Requests to leave, or to put somebody out, by user and room. */
const leavesOf = once((history) => {
  const leaves = new Map<string, string[]>();
  for (const { connection, frame, request } of entriesOf(history, "asked")) {
    const loss = lossIn(frame, usersOf(history).get(connection) ?? "");
    if (loss === undefined) continue;
    const name = `${loss.user} ${loss.room}`;
    leaves.set(name, [...(leaves.get(name) ?? []), request]);
  }
  return leaves;
});

/** The positions above `last` that a connection was never shown in any way. */
function missing(
  history: History,
  { wasKilled = false }: Conditions,
  connection: string,
  room: string,
  last: number,
): number[] {
  const seen = shownTo(history).get(`${connection} ${room}`) ?? new Set();
  const log = history.logs.get(room) ?? [];
  return log
    .filter(({ kind, seq }) => (kind === "message" || !wasKilled) && seq > last && !seen.has(seq))
    .map(({ seq }) => seq);
}

/** The positions that were shown, by connection and room. */
const shownTo = once((history) => {
  const shown = new Map<string, Set<number>>();
  for (const { connection, frame } of entriesOf(history, "received")) {
    for (const { room, seq } of positionsIn(frame)) {
      const name = `${connection} ${room}`;
      const seen = shown.get(name) ?? new Set();
      shown.set(name, seen.add(seq));
    }
  }
  return shown;
});

/** The events that a frame shows, by their positions. */
function positionsIn(frame: ServerFrame): { room: string; seq: number }[] {
  if (frame.type === "ack") return [frame];
  return pagesIn(frame).flatMap(({ room, events }) => events.map(({ seq }) => ({ room, seq })));
}

/**
 * 5. A `hello` that is asked after a direct message was stored lists its room, or the invitation to
 * it. One that its user declines is listed no more.
 */
export function directRoomsAreListed(history: History): Violation[] {
  const users = usersOf(history);
  const answers = answersOf(history);
  const direct = firstAppends(history).filter(([room]) => directUsers(room) !== undefined);
  const violations: Violation[] = [];
  for (const asked of entriesOf(history, "asked")) {
    if (asked.frame.action !== "hello" || asked.frame.after !== undefined) continue;
    const user = users.get(asked.connection) ?? "";
    for (const { frame, at } of answers.get(asked.request) ?? []) {
      if (frame.type !== "welcome" || frame.more) continue;
      const listed = new Set([...frame.rooms, ...frame.invitations].map(({ room }) => room));
      for (const [room, since] of direct) {
        if (since >= asked.at || !directUsers(room)?.includes(user) || listed.has(room)) continue;
        if (leavesOf(history).has(`${user} ${room}`)) continue;
        const story = `${user} said hello after ${room} had a message, and it was not listed`;
        violations.push({ promise: 5, story, at, room, connection: asked.connection });
      }
    }
  }
  return violations;
}
