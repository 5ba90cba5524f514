/** Who types, reads, comes and goes is shown to those who look at the room (promise 7). */

import type { Violation } from "./history.ts";
import { answersOf, endsOf, entriesOf, type History, type Of, once, usersOf } from "./history.ts";
import { strangersOf } from "./membership.ts";

type Hint = Extract<Of<"received">["frame"], { type: "typing" | "read" | "presence" }>;

/**
 * 7. A connection that certainly did not look at a room, or whose user was certainly no member,
 * since before what a hint tells of was asked for, is not shown it.
 */
export function hintsAreForLookers(history: History): Violation[] {
  const users = usersOf(history);
  const isNoMember = strangersOf(history);
  return entriesOf(history, "received").flatMap(({ connection, frame, at }) => {
    const me = users.get(connection) ?? "";
    if (!isHint(frame) || (frame.type === "read" && frame.user === me)) return [];
    const { room } = frame;
    const since = firstCause(history, frame) ?? 0;
    const blame = (why: string): Violation[] => {
      const story = `${connection} was shown ${frame.type} of ${frame.user} in ${room}, ${why}`;
      return [{ promise: 7, story, at, connection, room }];
    };
    if (isNoMember(me, room, since, at)) return blame(`where ${me} is no member`);
    return mayLook(history, connection, room, since, at) ? [] : blame("which it does not look at");
  });
}

function isHint(frame: Of<"received">["frame"]): frame is Hint {
  const isOne = frame.type === "typing" || frame.type === "read" || frame.type === "presence";
  return isOne && !("id" in frame);
}

/** When somebody first asked for what could have caused a hint. Presence has causes at any time. */
function firstCause(history: History, { type, user, room }: Hint): number | undefined {
  return causesOf(history).get(`${type} ${user} ${room}`);
}

const causesOf = once((history) => {
  const users = usersOf(history);
  const first = new Map<string, number>();
  for (const { frame, connection, at } of entriesOf(history, "asked")) {
    if (frame.action !== "typing" && frame.action !== "read") continue;
    const name = `${frame.action} ${users.get(connection)} ${frame.room}`;
    if (!first.has(name)) first.set(name, at);
  }
  return first;
});

interface Look {
  rooms: readonly string[];
  at: number;
  endedAt: number;
  answeredAt: number;
}

/** By connection, what it asked to look at. */
const looksOf = once((history) => {
  const ends = endsOf(history);
  const answers = answersOf(history);
  const never = Number.POSITIVE_INFINITY;
  const looks = new Map<string, Look[]>();
  for (const { frame, connection, request, at } of entriesOf(history, "asked")) {
    if (frame.action !== "focus") continue;
    const [answer] = answers.get(request) ?? [];
    const answeredAt = answer?.frame.type === "focused" ? answer.at : never;
    const look = { rooms: frame.rooms, at, endedAt: ends.get(request) ?? never, answeredAt };
    looks.set(connection, [...(looks.get(connection) ?? []), look]);
  }
  return looks;
});

/** Whether a connection asked to look at a room, and no other set certainly took its place. */
function mayLook(history: History, connection: string, room: string, since: number, at: number) {
  const looks = looksOf(history).get(connection) ?? [];
  return looks.some((look) => {
    if (!look.rooms.includes(room) || look.at > at) return false;
    return !looks.some(
      (later) =>
        later.at > look.endedAt && later.answeredAt <= since && !later.rooms.includes(room),
    );
  });
}
