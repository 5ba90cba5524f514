/**
 * What is promised of changed messages: everybody reads them (promise 12), deleted is gone (13),
 * and counts are those of the reactions (15).
 */
import type { LogEvent, MessageEvent, ServerFrame } from "../../../lib/protocol/serverFrames.ts";
import { pagesIn } from "../syncReply.ts";
import {
  answersOf,
  appendedAt,
  endsOf,
  entriesOf,
  type History,
  once,
  receivedOf,
  usersOf,
  type Violation,
} from "./history.ts";

/** A message as a frame shows it. */
interface Shown {
  room: string;
  message: MessageEvent;
}

/**
 * 12. What was answered to be changed is announced in the log by then, and every page that is asked
 * for later shows it. In the end every change is announced, whoever died.
 */
export function changesAreRead(history: History): Violation[] {
  const violations: Violation[] = [];
  const blame = (at: number, room: string, story: string) =>
    violations.push({ promise: 12, story, at, room });
  for (const { room, seq, v, at } of changesOf(history)) {
    const entries = announcementsOf(history).get(`${room} ${seq}`) ?? [];
    const isThere = entries.some((one) => one.v >= v && one.at < at);
    if (!isThere) blame(at, room, `${room} ${seq} was answered to be at v ${v}, unannounced`);
  }
  for (const { askedAt, at, connection, shown } of repliesOf(history)) {
    for (const { room, message } of shown) {
      const v = changedBy(history, room, message.seq, askedAt);
      if (v <= (message.v ?? 1)) continue;
      const there = `${connection} was shown ${room} ${message.seq} at v ${message.v ?? 1}`;
      blame(at, room, `${there}, when it had been answered to be at v ${v}`);
    }
  }
  for (const [room, log] of history.logs) {
    for (const { seq, v = 1 } of log.filter(isMessage)) {
      const entries = announcementsOf(history).get(`${room} ${seq}`) ?? [];
      if (v === 1 || entries.some((one) => one.v >= v)) continue;
      blame(history.entries.length, room, `nobody announced that ${room} ${seq} is at v ${v}`);
    }
  }
  return violations;
}

/** The changes that were answered. */
const changesOf = once((history) =>
  (["edited", "deleted"] as const).flatMap((type) =>
    receivedOf(history, type).map(({ frame: { room, seq, v }, at }) => ({ room, seq, v, at })),
  ),
);

/** By event, the entries about it in the log, with the first time at which each can be there. */
const announcementsOf = once((history) => {
  const entries = new Map<string, { v: number; at: number }[]>();
  for (const [room, log] of history.logs) {
    for (const event of log) {
      if (event.kind !== "changed") continue;
      const name = `${room} ${event.of}`;
      const at = appendedAt(history, room, event.seq) ?? 0;
      entries.set(name, [...(entries.get(name) ?? []), { v: event.v, at }]);
    }
  }
  return entries;
});

const changesByEvent = once((history) => {
  const byEvent = new Map<string, { v: number; at: number }[]>();
  for (const { room, seq, v, at } of changesOf(history)) {
    const name = `${room} ${seq}`;
    byEvent.set(name, [...(byEvent.get(name) ?? []), { v, at }]);
  }
  return byEvent;
});

/** The version at which an event was answered to be, at a time. */
function changedBy(history: History, room: string, seq: number, at: number): number {
  const changes = changesByEvent(history).get(`${room} ${seq}`) ?? [];
  return Math.max(1, ...changes.filter((one) => one.at < at).map(({ v }) => v));
}

/** Answers that show messages. */
export const repliesOf = once((history) => {
  const answers = answersOf(history);
  return entriesOf(history, "asked").flatMap(({ request, at: askedAt, frame: asked }) =>
    (answers.get(request) ?? []).flatMap(({ frame, at, connection }) => {
      const shown = shownIn(frame);
      return shown.length > 0 ? [{ asked, askedAt, at, connection, shown }] : [];
    }),
  );
});

/** The messages that a frame shows, those that it says have changed among them. */
export function shownIn(frame: ServerFrame): Shown[] {
  return pagesIn(frame).flatMap(({ room, events }) =>
    events.flatMap((event) => {
      const message = event.kind === "changed" ? event.now : event;
      return message && isMessage(message) ? [{ room, message }] : [];
    }),
  );
}

/**
 * 13. Once a message was answered to be deleted, neither its item nor a frame of a function that
 * began later has anything of it.
 */
export function deletedIsGone(history: History): Violation[] {
  const violations: Violation[] = [];
  const deleted = new Map<string, number>();
  for (const { frame, at } of receivedOf(history, "deleted")) {
    const name = `${frame.room} ${frame.seq}`;
    if (!deleted.has(name)) deleted.set(name, at);
  }
  const look = (shown: readonly Shown[], begunAt: number, at: number, where: string) => {
    for (const { room, message } of shown) {
      const since = deleted.get(`${room} ${message.seq}`) ?? Number.POSITIVE_INFINITY;
      if (since >= begunAt || saysNothing(message)) continue;
      const story = `${where} had ${room} ${message.seq} as it was before it was deleted`;
      violations.push({ promise: 13, story, at, room });
    }
  };
  for (const { frame, begunAt, at, connection } of entriesOf(history, "posted")) {
    look(shownIn(frame), begunAt, at, `a frame to ${connection}`);
  }
  for (const { shown, askedAt, at, connection } of repliesOf(history)) {
    look(shown, askedAt, at, `an answer to ${connection}`);
  }
  const end = history.entries.length;
  for (const [room, log] of history.logs) {
    const shown = log.filter(isMessage).map((message) => ({ room, message }));
    look(shown, Number.POSITIVE_INFINITY, end, "the log");
  }
  return violations;
}

const place = ["seq", "n", "tag", "prev", "kind", "from", "cid", "sentAtMs"];
/** What a deleted message still has. */
const kept = new Set([...place, "v", "deleted", "thread"]);

/** Whether nothing is left of what a message said. */
function saysNothing(message: MessageEvent): boolean {
  return message.deleted !== undefined && Object.keys(message).every((name) => kept.has(name));
}

/** 15. In the end a message's counts are those of the reactions that hang on it. */
export function countsAreRight(history: History): Violation[] {
  const { logs, reactors } = history;
  if (reactors === undefined) return [];
  return [...logs].flatMap(([room, log]) =>
    log.filter(isMessage).flatMap(({ seq, deleted, reactions = [] }) => {
      const counts = new Map<string, number>();
      for (const { emoji } of reactors.get(`${room} ${seq}`) ?? []) {
        for (const one of emoji) counts.set(one.emoji, (counts.get(one.emoji) ?? 0) + 1);
      }
      const said = new Map(reactions.map(({ emoji, count }) => [emoji, count]));
      if (deleted || isSame(said, counts)) return [];
      const story = `${room} ${seq} says ${sketch(said)}, and there are ${sketch(counts)}`;
      return [{ promise: 15, story, at: history.entries.length, room }];
    }),
  );
}

/** 15. In the end the root of a thread says how many replies the log has, and which is the last. */
export function repliesAreRight({ logs, entries }: History): Violation[] {
  return [...logs].flatMap(([room, log]) => {
    const messages = log.filter(isMessage);
    const replies = new Map<number, number[]>();
    for (const { seq, thread, deleted } of messages) {
      if (typeof thread !== "number" || deleted) continue;
      replies.set(thread, [...(replies.get(thread) ?? []), seq]);
    }
    return messages.flatMap(({ seq, thread }) => {
      const there = replies.get(seq) ?? [];
      const says = typeof thread === "object" ? thread : { replies: 0, lastSeq: 0 };
      if (says.replies === there.length && says.lastSeq === (there.at(-1) ?? 0)) return [];
      const said = `${says.replies} replies, the last at ${says.lastSeq}`;
      const story = `${room} ${seq} says ${said}, and there are ${there.join(", ") || "none"}`;
      return [{ promise: 15, story, at: entries.length, room }];
    });
  });
}

function isSame(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([emoji, count]) => b.get(emoji) === count);
}

const sketch = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([emoji, count]) => `${count} ${emoji}`).join(", ") || "none";

/**
 * 12. What was answered to be a reaction, or taken back, shows on every page that is asked for
 * later, unless the same user may have thought better of it.
 */
export function reactionsAreRead(history: History): Violation[] {
  const reacted = new Map<string, Reacted[]>();
  for (const one of reactionsOf(history)) {
    const name = `${one.room} ${one.seq}`;
    reacted.set(name, [...(reacted.get(name) ?? []), one]);
  }
  return repliesOf(history).flatMap(({ askedAt, at, connection, shown }) =>
    shown.flatMap(({ room, message }) => {
      const all = reacted.get(`${room} ${message.seq}`) ?? [];
      return all.filter(isWrongIn(message, all, askedAt, at)).map(({ user, emoji, on }) => {
        const where = `${on ? "missing from" : "still on"} ${room} ${message.seq}`;
        const story = `${connection} was shown ${user}'s ${emoji} ${where}`;
        return { promise: 12, story, at, room };
      });
    }),
  );
}

interface Reacted {
  user: string;
  room: string;
  seq: number;
  emoji: string;
  on: boolean;
  askedAt: number;
  /** When it was answered to be made; none: it was not. */
  madeAt: number | undefined;
  /** From when on it can have no effect any more. */
  endsAt: number;
}

const reactionsOf = once((history): readonly Reacted[] => {
  const users = usersOf(history);
  const answers = answersOf(history);
  const ends = endsOf(history);
  return entriesOf(history, "asked").flatMap(({ frame, connection, request, at: askedAt }) => {
    if (frame.action !== "react") return [];
    const { room, seq, emoji, on } = frame;
    const made = (answers.get(request) ?? []).find((one) => one.frame.type === "reacted");
    const endsAt = ends.get(request) ?? Number.POSITIVE_INFINITY;
    const user = users.get(connection) ?? "";
    return [{ user, room, seq, emoji, on, askedAt, madeAt: made?.at, endsAt }];
  });
});

function isWrongIn(message: MessageEvent, all: readonly Reacted[], from: number, to: number) {
  return (one: Reacted): boolean => {
    if (message.deleted || one.madeAt === undefined || one.madeAt >= from) return false;
    const isOpposed = all.some(
      ({ user, emoji, on, askedAt, endsAt }) =>
        user === one.user &&
        emoji === one.emoji &&
        on !== one.on &&
        askedAt < to &&
        endsAt > one.askedAt,
    );
    const said = message.reactions?.find(({ emoji }) => emoji === one.emoji);
    const areCut = (said?.count ?? 0) > (said?.users.length ?? 0);
    return !isOpposed && !areCut && (said?.users.includes(one.user) ?? false) !== one.on;
  };
}

const isMessage = (event: LogEvent): event is MessageEvent => event.kind === "message";
