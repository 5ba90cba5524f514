/**
 * What is promised of the log alone: once, dense, at the first position, and from whom the token
 * said (promises 1, 2, 3, 6).
 */
import type { LogEvent, MessageEvent } from "../../../lib/protocol/serverFrames.ts";
import { pagesIn } from "../syncReply.ts";
import {
  appendedAt,
  entriesOf,
  type History,
  headAt,
  once,
  receivedOf,
  sendsOf,
  usersOf,
  type Violation,
} from "./history.ts";

/** 1. An acked message is in its room's log, once, as it was sent. */
export function exactlyOnce(history: History): Violation[] {
  const asked = new Map(entriesOf(history, "asked").map((entry) => [entry.request, entry]));
  const users = usersOf(history);
  const violations: Violation[] = [];
  for (const { frame: ack, connection, at } of receivedOf(history, "ack")) {
    const from = users.get(connection);
    const request = asked.get(ack.id ?? "")?.frame;
    const found = messagesOf(history).get(`${ack.room} ${from} ${ack.cid}`) ?? [];
    const message = `${from}'s ${ack.cid} was acked as ${ack.room} ${ack.seq}`;
    const blame = (story: string) =>
      violations.push({ promise: 1, story: `${message}, but ${story}`, at, room: ack.room });
    if (found.length === 0) blame("it is not in the log");
    else if (found.length > 1) blame(`it is there ${found.length} times: ${positions(found)}`);
    else if (found[0]?.seq !== ack.seq) blame(`it is at ${positions(found)}`);
    else if (isAsSent(found[0]) && request?.action === "send" && request.text !== found[0].text) {
      blame("its text is another");
    }
  }
  return violations;
}

/** The final logs by room, sender and cid. */
const messagesOf = once((history) => {
  const messages = new Map<string, LogEvent[]>();
  for (const [room, log] of history.logs) {
    for (const event of log) {
      const name = `${room} ${event.from} ${event.cid}`;
      const known = messages.get(name);
      if (known) known.push(event);
      else messages.set(name, [event]);
    }
  }
  return messages;
});

/**
 * 2. Positions are dense, an event is stored only when the one before it is, and nobody is shown
 * anything else, or anything earlier.
 */
export function noHoles(history: History): Violation[] {
  const violations: Violation[] = [];
  const blame = (at: number, room: string, story: string) =>
    violations.push({ promise: 2, story, at, room });
  for (const [room, log] of history.logs) {
    let messages = 0;
    const wrong = log.findIndex(({ seq, n, prev, kind }, index) => {
      if (kind === "message") messages += 1;
      return seq !== index + 1 || n !== messages || prev !== log[index - 1]?.tag;
    });
    if (wrong >= 0) {
      const seqs = log.slice(Math.max(0, wrong - 5), wrong + 6).map(({ seq, n }) => `${seq}/${n}`);
      const story = `the log of ${room} is not dense, position/n: ${seqs.join(" ")}`;
      blame(history.entries.length, room, story);
    }
  }
  const isAsked = entriesOf(history, "appending").length > 0;
  for (const [at, entry] of history.entries.entries()) {
    if (entry.what === "appended") {
      const { room, event } = entry;
      const head = headAt(history, room, at);
      // Answers may overtake each other; then it has to do that the one before was asked for.
      const before = appendedAt(history, room, event.seq - 1) ?? at;
      if (isAsked ? event.seq === 1 || before < at : event.seq === head + 1) continue;
      blame(at, room, `${room} ${event.seq} was stored when the head was ${head}`);
    } else if (entry.what === "received") {
      const { type } = entry.frame;
      for (const { room, events } of pagesIn(entry.frame)) {
        for (const [index, event] of events.entries()) {
          const stored = history.logs.get(room)?.[event.seq - 1];
          const seen = `${entry.connection} was shown ${room} ${event.seq}`;
          if (!isSame(stored, event)) blame(at, room, `${seen}, which is not what the log has`);
          const head = headAt(history, room, at, "possible");
          if (event.seq > head) blame(at, room, `${seen} before it was stored`);
          const before = events[index - 1]?.seq ?? event.seq - 1;
          // What is pushed together ascends: some of what lies between may have been pushed before.
          // A page of history leaves out entries that something changed.
          const skipped = history.logs.get(room)?.slice(before, event.seq - 1) ?? [];
          const mayLack = type === "history" && skipped.every(({ kind }) => kind === "changed");
          const isLoose = type === "events" || type === "thread" || mayLack;
          const isNext = isLoose ? event.seq > before : event.seq === before + 1;
          if (!isNext) blame(at, room, `${seen} behind ${before} in one ${type}`);
        }
      }
    }
  }
  return violations;
}

/** 3. The same cid gives the same position, and only one ack calls it new. */
export function retryIsHarmless(history: History): Violation[] {
  const users = usersOf(history);
  const violations: Violation[] = [];
  const firsts = new Map<string, ReturnType<typeof receivedOf<"ack">>[number]>();
  const news = new Map<string, string>();
  for (const entry of receivedOf(history, "ack")) {
    const { room, cid, seq, id = "", duplicate } = entry.frame;
    const name = `${users.get(entry.connection)}'s ${cid} in ${room}`;
    const first = firsts.get(name) ?? entry;
    firsts.set(name, first);
    const blame = (story: string) =>
      violations.push({ promise: 3, story: `${name} ${story}`, at: entry.at, room });
    if (first.frame.seq !== seq) blame(`was acked as ${first.frame.seq}, then as ${seq}`);
    const isNew = duplicate === undefined;
    if (isNew && (news.get(name) ?? id) !== id) blame("was twice acked as new");
    if (isNew) news.set(name, id);
  }
  return violations;
}

/** 6. Every event is from the user whose token opened the connection that sent it. */
export function identityIsTheTokens(history: History): Violation[] {
  const name = (room: string, from: string, cid: string, text?: string) =>
    JSON.stringify([room, from, cid, text]);
  // Of a message that has changed the text may be another, or none.
  const sent = new Set(
    sendsOf(history).flatMap(({ room, user, cid, text }) => [
      name(room, user, cid, text),
      name(room, user, cid),
    ]),
  );
  return [...history.logs].flatMap(([room, log]) =>
    log
      .filter(isMessage)
      .filter(({ from, cid, text, v }) => {
        return !sent.has(v === undefined ? name(room, from, cid, text) : name(room, from, cid));
      })
      .map(({ seq, from, cid }) => ({
        promise: 6,
        story: `${room} ${seq} says it is ${cid} from ${from}, who never sent that there`,
        at: history.entries.length,
        room,
      })),
  );
}

const positions = (events: readonly LogEvent[]) => events.map(({ seq }) => seq).join(", ");

function isSame(a: LogEvent | undefined, b: LogEvent): boolean {
  if (a === b) return true;
  if (a === undefined || a.seq !== b.seq || a.tag !== b.tag || a.prev !== b.prev) return false;
  const isOne = a.kind === b.kind && a.from === b.from && a.cid === b.cid;
  return isOne && saysTheSame(a, b) && a.n === b.n && a.sentAtMs === b.sentAtMs;
}

/** A message that was changed since may have been shown with another text. */
function saysTheSame(stored: LogEvent, shown: LogEvent): boolean {
  if (!isMessage(stored) || !isMessage(shown)) return true;
  const [last, v] = [stored.v ?? 1, shown.v ?? 1];
  return v < last || (v === last && stored.text === shown.text);
}

const isAsSent = (event: LogEvent | undefined) => event?.kind === "message" && !event.v;

const isMessage = <E extends LogEvent>(event: E): event is Extract<E, MessageEvent> =>
  event.kind === "message";
