/** Nobody hears what is not theirs (promise 7). */
import { directUsers } from "../../../lib/protocol/names.ts";
import type { LogEvent, ServerFrame } from "../../../lib/protocol/serverFrames.ts";
import { syncedIn } from "../syncReply.ts";
import {
  answersOf,
  appendedAt,
  endsOf,
  entriesOf,
  type History,
  once,
  type Request,
  receivedOf,
  type Sent,
  sendsOf,
  usersOf,
  type Violation,
} from "./history.ts";

/**
 * 7. Who is certainly no member is shown nothing of a room that was sent since. A message is sent
 * when its request begins: who leaves while it is under way may still be pushed it.
 */
export function membershipIsEnforced(history: History): Violation[] {
  return enforced(history, 7, strangersOf(history));
}

/** Whether a user is certainly no member of a room all the time between two times. */
type IsStranger = (user: string, room: string, from: number, to: number) => boolean;

/** What those were shown of a room who are no members of it. */
export function enforced(history: History, promise: number, isNoMember: IsStranger): Violation[] {
  const users = usersOf(history);
  const asked = new Map(entriesOf(history, "asked").map((entry) => [entry.request, entry]));
  const sentAt = sendingTimes(history);
  const violations: Violation[] = [];
  for (const { connection, frame, at } of entriesOf(history, "received")) {
    const user = users.get(connection) ?? "";
    const blame = (room: string, story: string) =>
      violations.push({ promise, story: `${connection} ${story}`, at, connection, room });
    const request = "id" in frame ? asked.get(frame.id ?? "") : undefined;
    if (request !== undefined && !["join", "leave", "decline"].includes(request.frame.action)) {
      for (const room of roomsIn(frame)) {
        if (!isNoMember(user, room, request.at, at)) continue;
        blame(room, `was answered ${frame.type} for ${room}, where ${user} is no member`);
      }
    } else if (frame.type === "events") {
      const { room } = frame;
      for (const event of frame.events) {
        if (isNoMember(user, room, sentAt(event, room, at), at)) {
          blame(room, `was pushed ${room} ${event.seq}, sent when ${user} was no member`);
        }
      }
    }
  }
  return violations;
}

/** The rooms that a frame says something of. */
function roomsIn(frame: ServerFrame): string[] {
  if (frame.type === "sync") return syncedIn(frame).map(({ room }) => room);
  if (frame.type === "focused") {
    return frame.rooms.flatMap((one) => ("error" in one ? [] : [one.room]));
  }
  return "room" in frame ? [frame.room] : [];
}

/**
 * When an event was sent: when the first request began that can have stored it. Where there is none
 * it is when it was stored, at the latest when it was shown.
 */
function sendingTimes(history: History) {
  const ends = endsOf(history);
  const sends = new Map<string, Sent[]>();
  for (const sent of sendsOf(history)) {
    const name = `${sent.user} ${sent.room} ${sent.cid}`;
    sends.set(name, [...(sends.get(name) ?? []), sent]);
  }
  return ({ seq, from, cid }: LogEvent, room: string, shownAt: number): number => {
    const storedAt = appendedAt(history, room, seq) ?? shownAt;
    const storing = (sends.get(`${from} ${room} ${cid}`) ?? []).find(
      ({ at, request }) => at < storedAt && storedAt < (ends.get(request) ?? Infinity),
    );
    return storing?.at ?? storedAt;
  };
}

/** That a user left a room, or was put out: when that was asked, and when it was answered. */
export interface Loss {
  user: string;
  room: string;
  at: number;
  doneAt: number;
}

/** By who left: whatever a leave was answered, no join has been under way since it was asked. */
export const strangersOf = once((history): IsStranger => {
  const users = usersOf(history);
  const leftAt = new Map(
    receivedOf(history, "left").map(({ frame, at }) => [frame.id ?? "", at] as const),
  );
  const losses = entriesOf(history, "asked").flatMap(({ connection, frame, request, at }) => {
    const doneAt = leftAt.get(request);
    if (frame.action !== "leave" || doneAt === undefined) return [];
    return [{ user: users.get(connection) ?? "", room: frame.room, at, doneAt }];
  });
  return strangersBy(history, losses);
});

export function strangersBy(history: History, losses: readonly Loss[]): IsStranger {
  const byName = new Map<string, Loss[]>();
  for (const loss of losses) {
    const name = `${loss.user} ${loss.room}`;
    byName.set(name, [...(byName.get(name) ?? []), loss]);
  }
  const joins = joinsOf(history);
  return (user, room, from, to) => {
    const ofRoom = directUsers(room);
    if (ofRoom) return !ofRoom.includes(user);
    const name = `${user} ${room}`;
    const left = (byName.get(name) ?? []).filter(({ doneAt }) => doneAt <= from);
    const since = Math.max(-1, ...left.map(({ at }) => at));
    const unnamed = room.startsWith(privateRoom) ? joins.get(`${user} ${privateRoom}`) : undefined;
    return [...(joins.get(name) ?? []), ...(unnamed ?? [])].every(
      (join) => join.at > to || join.until < since,
    );
  };
}

/** How names of private rooms begin; alone, it stands for one that nobody was told. */
const privateRoom = "p-";

/** By user and room, when there was a request that lets the user in. */
const joinsOf = once((history) => {
  const users = usersOf(history);
  const ends = endsOf(history);
  const answers = answersOf(history);
  const isCreated = (request: string) =>
    (answers.get(request) ?? []).some(({ frame }) => frame.type === "created");
  const joins = new Map<string, { at: number; until: number }[]>();
  const note = (user: string | undefined, room: string, at: number, until: number) => {
    const name = `${user} ${room}`;
    joins.set(name, [...(joins.get(name) ?? []), { at, until }]);
  };
  for (const { connection, frame, request, at } of entriesOf(history, "asked")) {
    const until = ends.get(request) ?? Number.POSITIVE_INFINITY;
    if (frame.action === "join") note(users.get(connection), frame.room, at, until);
    // Who makes a room is in it, also where no answer came; the service names a private one.
    if (frame.action === "create" && !isCreated(request)) {
      note(users.get(connection), frame.room ?? privateRoom, at, until);
    }
    // An owner is let in again where a kick finds one.
    if (frame.action === "grant" && frame.role === "owner") note(frame.user, frame.room, at, until);
  }
  for (const { connection, frame } of receivedOf(history, "created")) {
    note(users.get(connection), frame.room, 0, 0);
  }
  return joins;
});

/** Who is out of which room by a request, if it succeeds. */
export function lossIn(frame: Request, by: string): { user: string; room: string } | undefined {
  if (frame.action === "leave") return { user: by, room: frame.room };
  if (frame.action === "decline") return { user: by, room: frame.room };
  const isPutOut = ["kick", "ban", "uninvite"].includes(frame.action);
  return isPutOut && "user" in frame && "room" in frame && frame.room !== undefined
    ? { user: frame.user, room: frame.room }
    : undefined;
}
