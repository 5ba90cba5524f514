/**
 * Counts what tested each promise in a run. A promise that nothing could have broken has not been
 * shown to hold. The counts come from the history, not from the story's intentions.
 */

import type { ErrorCode } from "../../../lib/protocol/codes.ts";
import { directUsers } from "../../../lib/protocol/names.ts";
import type { ServerFrame } from "../../../lib/protocol/serverFrames.ts";
import type { Leader } from "../../../test/fault/leaders.ts";
import {
  answersOf,
  entriesOf,
  firstAppends,
  type History,
  type Of,
  receivedOf,
  usersOf,
  type Violation,
} from "../../../test/support/checker/history.ts";
import { syncedIn } from "../../../test/support/syncReply.ts";
import type { Places, Story } from "./scene.ts";

export interface Exercise {
  isExercised: boolean;
  words: string;
}

/** Facts that are not in the history. */
export interface Known {
  places: Pick<Places, "of">;
  killed: Pick<Story["killed"], "gateway" | "at" | "until">;
  ways: ReadonlySet<string>;
  /** Owners of rooms who were asked to act. */
  leaders: readonly Leader[];
}

export function exercisesOf(history: History, known: Known): Record<number, Exercise> {
  const counted = (times: number, words: string) => ({
    isExercised: times > 0,
    words: `${times} ${words}`,
  });
  const acks = receivedOf(history, "ack");
  const shown = receivedOf(history, "events").flatMap(({ frame }) => frame.events);
  const errors = errorsOf(history);
  const strange = errors.filter(({ code }) => ["not_member", "forbidden"].includes(code));
  const verbs = new Set(strange.map(({ asked }) => asked.action));
  const [impostors, malformed] = [errors.filter(isImpostor), errors.filter(isMalformed)];
  const found = waysIn(history, known.places).filter((way) => known.ways.has(way));
  return {
    1: counted(acks.length, "messages acked"),
    2: counted(shown.length, `events pushed, of ${history.logs.size} rooms`),
    3: counted(acks.filter(({ frame }) => frame.duplicate).length, "retries of stored messages"),
    4: counted(syncsAfterAway(history), "syncs that brought missed messages"),
    5: counted(newsFound(history), "users found rooms begun while they were offline"),
    6: counted(impostors.length, "frames that named another sender"),
    7: {
      isExercised: ["send", "sync", "history"].every((verb) => verbs.has(verb as never)),
      words: `${strange.length} requests by a user who is not a member: ${[...verbs].join(", ")}`,
    },
    8: counted(
      ackedBesideTheDead(history, known).length,
      "messages to rooms with users on the dead gateway",
    ),
    9: {
      isExercised: malformed.length > 0,
      words: `${entriesOf(history, "asked").length} requests, ${malformed.length} malformed`,
    },
    10: counted(
      cutOffAndCompleted(history, known),
      "messages stored by a handler that died, and found by the sender",
    ),
    11: {
      isExercised: known.ways.size > 0 && found.length === known.ways.size,
      words: `${found.length} of ${known.ways.size} ways from gateway to gateway`,
    },
    12: counted(receivedOf(history, "edited").length, "messages edited"),
    13: counted(receivedOf(history, "deleted").length, "messages deleted"),
    14: counted(refusedSinceLoss(history), "requests refused that a right was lost for"),
    15: counted(receivedOf(history, "reacted").length, "reactions"),
    16: counted(known.leaders.length, "owners of rooms asked to act"),
  };
}

type Refused = {
  asked: Of<"asked">["frame"];
  code: ErrorCode;
};

function errorsOf(history: History): Refused[] {
  const answers = answersOf(history);
  return entriesOf(history, "asked").flatMap(({ frame: asked, request }) =>
    (answers.get(request) ?? []).flatMap(({ frame }) => {
      if (frame.type === "error") return [{ asked, code: frame.code }];
      // A sync names the rooms that it refused.
      const rooms = frame.type === "sync" ? frame.rooms : [];
      return rooms.flatMap((one) => ("error" in one ? [{ asked, code: one.error.code }] : []));
    }),
  );
}

const isImpostor = ({ asked, code }: Refused) => "from" in asked && code === "bad_request";
const isMalformed = ({ asked, code }: Refused) =>
  !("from" in asked) && ["bad_request", "unknown_action"].includes(code);

/** Requests that users made in rooms behind the answer that took a right from them there. */
function refusedSinceLoss(history: History): number {
  const [users, answers] = [usersOf(history), answersOf(history)];
  const lostAt = new Map<string, number>();
  for (const { frame, request } of entriesOf(history, "asked")) {
    const takes = ["kick", "ban", "mute", "grant"].includes(frame.action);
    if (!takes || !("user" in frame && "room" in frame)) continue;
    const done = answers.get(request)?.find((answer) => answer.frame.type !== "error");
    const name = `${frame.user} ${frame.room}`;
    if (done && !lostAt.has(name)) lostAt.set(name, done.at);
  }
  return entriesOf(history, "asked").filter(({ frame, request, connection, at }) => {
    const name = `${users.get(connection)} ${"room" in frame ? frame.room : ""}`;
    const isRefused = (answers.get(request) ?? []).some(({ frame: answer }) => isRefusal(answer));
    return isRefused && at > (lostAt.get(name) ?? at);
  }).length;
}

const isRefusal = (frame: Of<"received">["frame"]) =>
  frame.type === "error" && ["not_member", "forbidden", "muted", "banned"].includes(frame.code);

/** On a connection that is not its device's first. */
function syncsAfterAway(history: History): number {
  return receivedOf(history, "sync").filter(
    ({ connection, frame }) =>
      !connection.endsWith("#1") && syncedIn(frame).some(({ events }) => events.length > 0),
  ).length;
}

/** Users who were offline when a direct room of theirs began, and were then told of it. */
function newsFound(history: History): number {
  const users = usersOf(history);
  const opened = entriesOf(history, "opened");
  const closed = new Map(
    entriesOf(history, "closed").map(({ connection, at }) => [connection, at]),
  );
  const isThere = (user: string, time: number) =>
    opened.some(
      ({ connection, user: whose, at }) =>
        whose === user && at < time && (closed.get(connection) ?? time) >= time,
    );
  const found = new Set<string>();
  for (const { connection, frame, at } of receivedOf(history, "welcome")) {
    const user = users.get(connection) ?? "";
    const listed = new Set(frame.rooms.map(({ room }) => room));
    for (const [room, since] of firstAppends(history)) {
      const isTheirs = directUsers(room)?.includes(user) && listed.has(room);
      if (isTheirs && since < at && !isThere(user, since)) found.add(user);
    }
  }
  return found.size;
}

/** Where a connection sits that a message came from, by room, sender and cid. */
function sentFrom(history: History): Map<string, string> {
  const users = usersOf(history);
  const asked = new Map(entriesOf(history, "asked").map((entry) => [entry.request, entry]));
  return new Map(
    receivedOf(history, "ack").flatMap(({ frame: { room, cid, id = "" } }): [string, string][] => {
      const connection = asked.get(id)?.connection;
      return connection ? [[`${room} ${users.get(connection)} ${cid}`, connection]] : [];
    }),
  );
}

/** Ways from the sender's gateway to another one, that messages were pushed on. */
export function waysIn(history: History, places: Known["places"]): string[] {
  const senders = sentFrom(history);
  const ways = new Set<string>();
  for (const { connection, frame } of receivedOf(history, "events")) {
    const to = places.of(connection);
    for (const { from, cid } of frame.events) {
      const sender = senders.get(`${frame.room} ${from} ${cid}`);
      if (sender !== undefined) ways.add(`${places.of(sender)} → ${to}`);
    }
  }
  return [...ways];
}

/** Messages of the time in which a gateway was dead, to rooms that were heard there. */
function sentBesideTheDead(history: History, { places, killed }: Known): Of<"asked">[] {
  const { gateway, at, until } = killed;
  const closed = new Map(entriesOf(history, "closed").map((entry) => [entry.connection, entry.at]));
  const rooms = new Set<string>();
  for (const { connection, frame, at: time } of entriesOf(history, "received")) {
    if (time >= at || places.of(connection) !== gateway) continue;
    const isAlive = (closed.get(connection) ?? at) >= at;
    if (!isAlive) continue;
    if ("room" in frame) rooms.add(frame.room);
    if (frame.type === "sync") for (const { room } of syncedIn(frame)) rooms.add(room);
  }
  return entriesOf(history, "asked").filter(
    ({ frame, connection, at: time }) =>
      frame.action === "send" &&
      frame.room !== undefined &&
      rooms.has(frame.room) &&
      time >= at &&
      time < until &&
      places.of(connection) !== gateway,
  );
}

function ackedBesideTheDead(history: History, known: Known): Of<"asked">[] {
  const answers = answersOf(history);
  return sentBesideTheDead(history, known).filter(({ request }) =>
    answers.get(request)?.some(({ frame }) => frame.type === "ack"),
  );
}

/** Errors that a sender may get, whatever happens to recipients. */
const sendersOwn: readonly ErrorCode[] = [
  "bad_request",
  "banned",
  "closed",
  "forbidden",
  "muted",
  "not_member",
  "rate_limited",
  "sync_first",
];

/** So does one for whom the tables were too slow: they are on no gateway. */
const isSendersOwn = ({ code, message }: ServerFrame<"error">) =>
  sendersOwn.includes(code) || (code === "unavailable" && message.includes("; the tables "));

/** 8. No sender was told of a failure that was a dead recipient's. */
export function sendersAreSpared(history: History, known: Known): Violation[] {
  const answers = answersOf(history);
  return sentBesideTheDead(history, known).flatMap(({ request, connection }) =>
    (answers.get(request) ?? []).flatMap(({ frame, at }) => {
      if (frame.type !== "error" || isSendersOwn(frame)) return [];
      const story = `${connection} was answered ${frame.code}, beside a gateway that was dead`;
      return [{ promise: 8, story, at, connection }];
    }),
  );
}

/**
 * Messages that were stored, but whose ack the killed gateway never sent, and that their senders
 * learned of on another connection: by the ack of a retry, or by a sync that came before it.
 */
function cutOffAndCompleted(history: History, { places, killed }: Known): number {
  const answers = answersOf(history);
  const users = usersOf(history);
  const learned = new Set<string>();
  for (const { connection, frame, at } of entriesOf(history, "received")) {
    const user = users.get(connection);
    if (at < killed.at) continue;
    if (frame.type === "ack" && frame.duplicate) learned.add(`${user} ${frame.cid}`);
    if (frame.type !== "sync") continue;
    for (const { from, cid } of syncedIn(frame).flatMap(({ events }) => events)) {
      if (from === user) learned.add(`${user} ${cid}`);
    }
  }
  const cutOff = entriesOf(history, "asked").filter(
    ({ frame, connection, request, at }) =>
      frame.action === "send" &&
      at < killed.at &&
      places.of(connection) === killed.gateway &&
      !answers.has(request) &&
      learned.has(`${users.get(connection)} ${frame.cid}`),
  );
  return cutOff.length;
}
