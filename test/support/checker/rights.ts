/**
 * No right outlives its loss (promise 14). What was asked for behind the answer that took a right
 * away must not have succeeded by it, unless it may have been given back meanwhile.
 */
import { directUsers } from "../../../lib/protocol/names.ts";
import type { Request } from "./history.ts";
import {
  answersOf,
  endsOf,
  entriesOf,
  type History,
  once,
  usersOf,
  type Violation,
} from "./history.ts";
import { enforced, type Loss, strangersBy } from "./membership.ts";

interface Asked {
  user: string;
  frame: Request;
  askedAt: number;
  /** When it was answered without an error; none: it was not. */
  doneAt: number | undefined;
  /** From when on it can have no effect any more. */
  endsAt: number;
}

/** 14. Who was kicked or banned asks for nothing, and is pushed nothing, that comes later. */
export function putOutIsOut(history: History): Violation[] {
  const losses = requestsOf(history).flatMap(({ frame, askedAt, doneAt }): Loss[] => {
    if (frame.action !== "kick" && frame.action !== "ban") return [];
    if (doneAt === undefined) return [];
    return [{ user: frame.user, room: frame.room, at: askedAt, doneAt }];
  });
  return enforced(history, 14, strangersBy(history, losses));
}

/** What took a right away, and who may not do what from then on. */
interface Lost {
  user: string;
  story: string;
  isAbout(frame: Request): boolean;
  /** A request of anybody's that may have given it back. */
  isReturn(frame: Request): boolean;
}

/** 14. Who is muted adds nothing; who is banned or uninvited does not come in; and so on. */
export function rightsEnd(history: History): Violation[] {
  const requests = requestsOf(history);
  return requests.flatMap((taking) => {
    const lost = taking.doneAt === undefined ? undefined : lostBy(taking);
    if (lost === undefined || taking.doneAt === undefined) return [];
    const { doneAt: since } = taking;
    return requests.flatMap(({ user, frame, askedAt, doneAt }) => {
      if (user !== lost.user || askedAt < since || doneAt === undefined) return [];
      if (!lost.isAbout(frame)) return [];
      const isReturned = requests.some(
        (other) =>
          lost.isReturn(other.frame) && other.endsAt > taking.askedAt && other.askedAt < doneAt,
      );
      if (isReturned) return [];
      return [{ promise: 14, story: `${user} ${lost.story}, and did ${frame.action}`, at: doneAt }];
    });
  });
}

const adding = ["send", "edit", "react", "pin"];
const moderating = ["kick", "ban", "unban", "mute", "pin"];

function lostBy({ user: by, frame }: Asked): Lost | undefined {
  if (frame.action === "block" && frame.on) {
    const { user } = frame;
    const isTo = (other: Request) =>
      other.action === "send" && (other.to === by || other.room === directName(user, by));
    const isReturn = (other: Request) =>
      other.action === "block" && other.user === user && !other.on;
    return { user, story: `was blocked by ${by}`, isAbout: isTo, isReturn };
  }
  if (frame.action === "decline") {
    const user = directUsers(frame.room)?.find((one) => one !== by);
    if (user === undefined) return undefined;
    const isTo = (other: Request) =>
      other.action === "send" && (other.to === by || other.room === frame.room);
    const isReturn = (other: Request) => other.action === "send" && other.to === user;
    return { user, story: `was declined by ${by}`, isAbout: isTo, isReturn };
  }
  if (!("user" in frame && "room" in frame)) return undefined;
  const { user, room } = frame;
  const isIn = (other: Request) => "room" in other && other.room === room;
  const isOn = (other: Request) => isIn(other) && "user" in other && other.user === user;
  const losing = (story: string, actions: readonly string[], returns: readonly string[]): Lost => ({
    user,
    story: `${story} in ${room}`,
    isAbout: (other) => isIn(other) && actions.includes(other.action),
    isReturn: (other) => isOn(other) && returns.includes(other.action) && !takesAway(other),
  });
  if (frame.action === "mute" && frame.forMs > 0) return losing("was muted", adding, ["mute"]);
  if (frame.action === "ban") return losing("was banned", ["join"], ["unban", "grant"]);
  if (frame.action === "uninvite") return losing("was uninvited", ["join"], ["invite", "grant"]);
  if (frame.action === "grant" && frame.role === "member") {
    return losing("lost the role", moderating, ["grant"]);
  }
  return undefined;
}

/** Of actions that give a right or take it away, whether this one takes it. */
const takesAway = (frame: Request): boolean =>
  (frame.action === "mute" && frame.forMs > 0) ||
  (frame.action === "grant" && frame.role === "member");

const directName = (a: string, b: string) => `dm:${[a, b].sort().join(":")}`;

const requestsOf = once((history): readonly Asked[] => {
  const users = usersOf(history);
  const answers = answersOf(history);
  const ends = endsOf(history);
  return entriesOf(history, "asked").map(({ frame, connection, request, at: askedAt }) => {
    // A duplicate was stored before, when there was the right.
    const done = (answers.get(request) ?? []).find(
      (one) => one.frame.type !== "error" && !("duplicate" in one.frame),
    );
    const endsAt = ends.get(request) ?? Number.POSITIVE_INFINITY;
    return { user: users.get(connection) ?? "", frame, askedAt, doneAt: done?.at, endsAt };
  });
});
