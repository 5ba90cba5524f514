/**
 * Whether the promises held, from the history and the truth: the checker's word, and what only the
 * lab can see, which is what programs were handed and told, and what the database said it had
 * taken.
 */

import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { check } from "../support/checker/check.ts";
import type { History, Violation } from "../support/checker/history.ts";
import type { Following } from "./followings.ts";
import { type Leader, leaderless } from "./leaders.ts";
import type { Truth } from "./truth.ts";

export interface Witness {
  user: string;
  name: string;
  followings: readonly Following[];
  stored: readonly { room: string; seq: number; cid: string }[];
  pending: number;
}

export function verdict(
  entries: History["entries"],
  truth: Truth,
  witnesses: readonly Witness[],
  leaders: readonly Leader[],
): Violation[] {
  const { logs, reactors } = truth;
  const history: History = { entries, logs, reactors };
  const blame = (promise: number, room: string, story: string): Violation => ({
    promise,
    story,
    at: entries.length,
    room,
  });
  return [
    ...check(history, { isLossless: false, isReal: true }),
    ...takenIsThere(history),
    ...leaderless(history, truth.leaderships, leaders),
    ...witnesses.flatMap(({ user, name, followings, stored, pending }) => [
      ...followings.flatMap((following) => handedOut(following, truth, blame)),
      ...followings.flatMap((following) => outdated(following, truth, blame)),
      ...followed(user, name, followings, truth, blame),
      ...stored.flatMap(({ room, seq, cid }) => {
        const event = logs.get(room)?.[seq - 1];
        if (event?.cid === cid && event.from === user) return [];
        return blame(1, room, `${name} was told that ${cid} is ${room} ${seq}, which it is not`);
      }),
      ...(pending > 0 ? [blame(9, "", `${name} never learned of ${pending} messages`)] : []),
    ]),
  ];
}

type Blame = (promise: number, room: string, story: string) => Violation;

/** 1. What the database said it had taken is there, and nothing else. */
function takenIsThere({ entries, logs }: History): Violation[] {
  const violations: Violation[] = [];
  const counts = new Map<string, number>();
  for (const [at, entry] of entries.entries()) {
    if (entry.what !== "appended") continue;
    const { room, event } = entry;
    counts.set(room, (counts.get(room) ?? 0) + 1);
    if (logs.get(room)?.[event.seq - 1]?.cid === event.cid) continue;
    const story = `the database took ${event.cid} as ${room} ${event.seq}, and does not have it`;
    violations.push({ promise: 1, story, at, room });
  }
  return violations;
}

/** 4. What was handed out is the log from where it began, to its end if it is still followed. */
function handedOut(following: Following, { logs }: Truth, blame: Blame): Violation[] {
  const { device, room, start, applied, isOver } = following;
  const log = logs.get(room) ?? [];
  const wrong = applied.findIndex((event, index) => !isSame(log[start + index], event));
  const where = `${device} followed ${room} from ${start}`;
  if (wrong >= 0) {
    const [got, due] = [applied[wrong], log[start + wrong]];
    const story = `${where} and was handed ${got?.seq} (${got?.cid}) where the log has ${due?.cid}`;
    return [blame(4, room, story)];
  }
  if (isOver || start + applied.length >= log.length) return [];
  return [blame(4, room, `${where} and was handed ${applied.length} of ${log.length - start}`)];
}

/** 5. Every room that one is in is known to each device in the end. */
function followed(
  user: string,
  name: string,
  followings: readonly Following[],
  { memberships, logs }: Truth,
  blame: Blame,
): Violation[] {
  const known = new Set(followings.filter(({ isOver }) => !isOver).map(({ room }) => room));
  return [...(memberships.get(user) ?? [])]
    .filter((room) => !known.has(room) && (logs.has(room) || !room.startsWith("dm:")))
    .map((room) => blame(5, room, `${name} is in ${room} and was never told`));
}

function isSame(a: LogEvent | undefined, b: LogEvent): boolean {
  const isOne = a?.seq === b.seq && a.cid === b.cid && a.from === b.from && a.kind === b.kind;
  if (!isOne || a.kind !== "message" || b.kind !== "message") return isOne;
  // Since it was handed out it may have been changed.
  return (a.v ?? 1) > (b.v ?? 1) || a.text === b.text;
}

/** 12. What was handed out is, as the changes behind it say, what the log has of it now. */
function outdated(
  { device, room, applied, isOver }: Following,
  { logs }: Truth,
  blame: Blame,
): Violation[] {
  if (isOver) return [];
  const shown = new Map<number, MessageEvent>();
  for (const event of applied) {
    const message = event.kind === "changed" ? event.now : event;
    if (message?.kind !== "message") continue;
    const before = shown.get(message.seq);
    if (before === undefined ? event !== message : (before.v ?? 1) > (message.v ?? 1)) continue;
    shown.set(message.seq, message);
  }
  return [...shown].flatMap(([seq, { v = 1, text }]) => {
    const now = logs.get(room)?.[seq - 1];
    // Where it is not there at all, `handedOut` says so.
    if (now?.kind !== "message" || (v === (now.v ?? 1) && text === now.text)) return [];
    const story = `${device} shows ${room} ${seq} at v ${v}, which is at v ${now.v ?? 1}`;
    return [blame(12, room, story)];
  });
}
