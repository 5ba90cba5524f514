/**
 * What is promised to connections: nobody is skipped, offline is no loss, nobody hears what is not
 * theirs, every request is answered (promises 4, 5, 7, 9).
 */
import { directUsers } from "../../../lib/protocol/names.ts";
import {
  answersOf,
  type Conditions,
  entriesOf,
  type History,
  receivedOf,
  usersOf,
  type Violation,
} from "./history.ts";
import { headAt } from "./log.ts";

/**
 * 4. A complete `sync` ends at the head or beyond it, whatever was stored when it was asked. When
 * nothing gets lost, all that comes later is pushed.
 */
export function nobodyIsSkipped(history: History, { isLossless }: Conditions): Violation[] {
  const answers = answersOf(history);
  const appended = entriesOf(history, "appended");
  const users = usersOf(history);
  const violations: Violation[] = [];
  for (const asked of entriesOf(history, "asked")) {
    if (asked.frame.action !== "sync") continue;
    for (const { frame, at } of answers.get(asked.request) ?? []) {
      if (frame.type !== "sync") continue;
      const { room, events, complete } = frame;
      const cursor = asked.frame.rooms[room] ?? 0;
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
      const head = headAt(appended, room, asked.at);
      if (last < head) blame(`was told that ${last} is all, and ${head} was there`);
      if (!isLossless || stopsHearing(history, connection, room, asked.at, users)) continue;
      for (const seq of missing(history, connection, room, cursor, last)) {
        blame(`and was never pushed ${seq}`);
      }
    }
  }
  return violations;
}

/** 4. Who has joined is pushed all that is stored from then on, when nothing gets lost. */
export function whoJoinedIsPushed(history: History, { isLossless }: Conditions): Violation[] {
  if (!isLossless) return [];
  const users = usersOf(history);
  const appended = entriesOf(history, "appended");
  return receivedOf(history, "joined").flatMap(({ connection, frame: { id, room }, at }) => {
    // A `joined` without id is about another connection.
    if (id === undefined || stopsHearing(history, connection, room, at, users)) return [];
    const head = headAt(appended, room, at);
    return missing(history, connection, room, head, head).map((seq) => {
      const story = `${connection} joined ${room} at ${head} and was never pushed ${seq}`;
      return { promise: 4, story, at, connection, room };
    });
  });
}

/** Whether a connection closes or takes no post, or its user leaves the room, after a time. */
function stopsHearing(
  history: History,
  connection: string,
  room: string,
  at: number,
  users: Map<string, string>,
): boolean {
  const ends = endsOf(history);
  return history.entries.some((entry) => {
    if (entry.what === "closed" || entry.what === "untaken") return entry.connection === connection;
    if (entry.what === "received" && entry.frame.type === "disconnect") {
      return entry.connection === connection;
    }
    if (entry.what !== "asked" || entry.frame.action !== "leave") return false;
    if (users.get(entry.connection) !== users.get(connection)) return false;
    return entry.frame.room === room && (ends.get(entry.request) ?? at) >= at;
  });
}

/** The positions above `last` that a connection was never shown in any way. */
function missing(
  history: History,
  connection: string,
  room: string,
  cursor: number,
  last: number,
): number[] {
  const seen = new Set<number>();
  for (const entry of entriesOf(history, "received")) {
    if (entry.connection !== connection || !("room" in entry.frame)) continue;
    if (entry.frame.room !== room) continue;
    if (entry.frame.type === "ack") seen.add(entry.frame.seq);
    if ("events" in entry.frame) for (const { seq } of entry.frame.events) seen.add(seq);
  }
  const log = history.logs.get(room) ?? [];
  return log.map(({ seq }) => seq).filter((seq) => seq > Math.max(cursor, last) && !seen.has(seq));
}

/** 5. A `hello` that is asked after a direct message was stored lists its room. */
export function directRoomsAreListed(history: History): Violation[] {
  const users = usersOf(history);
  const answers = answersOf(history);
  const appended = entriesOf(history, "appended");
  const violations: Violation[] = [];
  for (const asked of entriesOf(history, "asked")) {
    if (asked.frame.action !== "hello" || asked.frame.after !== undefined) continue;
    const user = users.get(asked.connection) ?? "";
    for (const { frame, at } of answers.get(asked.request) ?? []) {
      if (frame.type !== "welcome" || frame.more) continue;
      const listed = new Set(frame.rooms.map(({ room }) => room));
      const known = new Set(appended.filter((entry) => entry.at < asked.at).map((e) => e.room));
      for (const room of known) {
        if (!directUsers(room)?.includes(user) || listed.has(room)) continue;
        const story = `${user} said hello after ${room} had a message, and it was not listed`;
        violations.push({ promise: 5, story, at, room, connection: asked.connection });
      }
    }
  }
  return violations;
}

/** 7. Who is certainly no member is shown nothing of a room that was appended since. */
export function membershipIsEnforced(history: History): Violation[] {
  const users = usersOf(history);
  const appendedAt = new Map<string, number>();
  for (const { room, event, at } of entriesOf(history, "appended")) {
    appendedAt.set(`${room} ${event.seq}`, at);
  }
  const asked = new Map(entriesOf(history, "asked").map((entry) => [entry.request, entry]));
  const isNoMember = strangers(history, users);
  const violations: Violation[] = [];
  for (const { connection, frame, at } of entriesOf(history, "received")) {
    if (!("room" in frame) || frame.room === undefined || frame.type === "error") continue;
    const { room } = frame;
    const user = users.get(connection) ?? "";
    const blame = (story: string) =>
      violations.push({ promise: 7, story: `${connection} ${story}`, at, connection, room });
    const request = "id" in frame ? asked.get(frame.id ?? "") : undefined;
    if (request !== undefined && !["join", "leave"].includes(request.frame.action)) {
      if (isNoMember(user, room, request.at, at)) {
        blame(`was answered ${frame.type} for ${room}, where ${user} is no member`);
      }
    } else if (frame.type === "events") {
      for (const { seq } of frame.events) {
        const since = appendedAt.get(`${room} ${seq}`) ?? at;
        if (isNoMember(user, room, since, at)) {
          blame(`was pushed ${room} ${seq}, stored when ${user} was no member`);
        }
      }
    }
  }
  return violations;
}

/**
 * Whether a user is certainly no member of a room all the time between two times: whatever a leave
 * was answered, no join has been under way since that leave was asked.
 */
function strangers(history: History, users: Map<string, string>) {
  const ends = endsOf(history);
  const requests = entriesOf(history, "asked").map((entry) => ({
    ...entry,
    user: users.get(entry.connection),
    until: ends.get(entry.request) ?? Number.POSITIVE_INFINITY,
  }));
  const leftAt = new Map(
    receivedOf(history, "left").map(({ frame, at }) => [frame.id ?? "", at] as const),
  );
  return (user: string, room: string, from: number, to: number): boolean => {
    const ofRoom = directUsers(room);
    if (ofRoom) return !ofRoom.includes(user);
    const own = requests.filter(
      (entry) => entry.user === user && "room" in entry.frame && entry.frame.room === room,
    );
    const joins = own.filter(({ frame }) => frame.action === "join");
    const left = own.filter(
      ({ frame, request }) =>
        frame.action === "leave" && (leftAt.get(request) ?? Number.POSITIVE_INFINITY) <= from,
    );
    const since = Math.max(-1, ...left.map(({ at }) => at));
    return joins.every((join) => join.at > to || join.until < since);
  };
}

/** When each request's handler ended, one way or the other. */
function endsOf(history: History): Map<string, number> {
  const ends = [...entriesOf(history, "died"), ...entriesOf(history, "ended")];
  return new Map(ends.map(({ request, at }) => [request, at]));
}

/** 9. Every request whose handler ended has its answers: one, or one for each room of a `sync`. */
export function nothingIsSilent(history: History, { isLossless }: Conditions): Violation[] {
  const answers = answersOf(history);
  const violations: Violation[] = [];
  const isOver = (connection: string, at: number) =>
    history.entries.some(
      (entry, index) =>
        "connection" in entry &&
        entry.connection === connection &&
        (entry.what === "closed" ||
          (index > at && entry.what === "received" && entry.frame.type === "disconnect")),
    );
  const ended = new Set(entriesOf(history, "ended").map(({ request }) => request));
  for (const { request, frame, connection, at } of entriesOf(history, "asked")) {
    const count = answers.get(request)?.length ?? 0;
    const due = frame.action === "sync" ? Object.keys(frame.rooms).length : 1;
    const isDue = isLossless && ended.has(request) && !isOver(connection, at);
    if (count <= due && (count === due || !isDue)) continue;
    const story = `${connection} asked ${frame.action} (${request}) and got ${count} answers`;
    violations.push({ promise: 9, story: `${story}, not ${due}`, at, connection });
  }
  return violations;
}
