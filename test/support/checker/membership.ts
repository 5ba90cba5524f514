/** Nobody hears what is not theirs (promise 7). */
import { directUsers } from "../../../lib/protocol/names.ts";
import type { LogEvent, ServerFrame } from "../../../lib/protocol/serverFrames.ts";
import { syncedIn } from "../syncReply.ts";
import {
  appendedAt,
  endsOf,
  entriesOf,
  type History,
  once,
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
  const users = usersOf(history);
  const asked = new Map(entriesOf(history, "asked").map((entry) => [entry.request, entry]));
  const isNoMember = strangersOf(history);
  const sentAt = sendingTimes(history);
  const violations: Violation[] = [];
  for (const { connection, frame, at } of entriesOf(history, "received")) {
    const user = users.get(connection) ?? "";
    const blame = (room: string, story: string) =>
      violations.push({ promise: 7, story: `${connection} ${story}`, at, connection, room });
    const request = "id" in frame ? asked.get(frame.id ?? "") : undefined;
    if (request !== undefined && !["join", "leave"].includes(request.frame.action)) {
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

/**
 * Whether a user is certainly no member of a room all the time between two times: whatever a leave
 * was answered, no join has been under way since that leave was asked.
 */
export const strangersOf = once((history) => {
  const users = usersOf(history);
  const ends = endsOf(history);
  const leftAt = new Map(
    receivedOf(history, "left").map(({ frame, at }) => [frame.id ?? "", at] as const),
  );
  const never = Number.POSITIVE_INFINITY;
  const joins = new Map<string, { at: number; until: number }[]>();
  const leaves = new Map<string, { at: number; leftAt: number }[]>();
  for (const { connection, frame, request, at } of entriesOf(history, "asked")) {
    if (frame.action !== "join" && frame.action !== "leave") continue;
    const name = `${users.get(connection)} ${frame.room}`;
    if (frame.action === "join") {
      joins.set(name, [...(joins.get(name) ?? []), { at, until: ends.get(request) ?? never }]);
    } else {
      const left = { at, leftAt: leftAt.get(request) ?? never };
      leaves.set(name, [...(leaves.get(name) ?? []), left]);
    }
  }
  return (user: string, room: string, from: number, to: number): boolean => {
    const ofRoom = directUsers(room);
    if (ofRoom) return !ofRoom.includes(user);
    const name = `${user} ${room}`;
    const left = (leaves.get(name) ?? []).filter((leave) => leave.leftAt <= from);
    const since = Math.max(-1, ...left.map(({ at }) => at));
    return (joins.get(name) ?? []).every((join) => join.at > to || join.until < since);
  };
});
