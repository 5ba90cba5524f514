/**
 * No right outlives its loss (promise 14). What was asked for behind the answer that took a right
 * away must not have succeeded by it, unless it may have been given back meanwhile.
 */
import { directUsers } from "../../../lib/protocol/names.ts";
import { repliesOf } from "./changes.ts";
import {
  answersOf,
  endsOf,
  entriesOf,
  type History,
  once,
  type Request,
  receivedOf,
  usersOf,
  type Violation,
} from "./history.ts";
import { enforced, type Loss, lossIn, strangersBy } from "./membership.ts";

interface Asked {
  request: string;
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
  return enforced(history, 14, strangersBy(history, lossesBy(history, ["kick", "ban"])));
}

function lossesBy(history: History, actions: readonly string[]): Loss[] {
  return requestsOf(history).flatMap(({ user: by, frame, askedAt, doneAt }) => {
    const loss = actions.includes(frame.action) ? lossIn(frame, by) : undefined;
    return loss === undefined || doneAt === undefined ? [] : [{ ...loss, at: askedAt, doneAt }];
  });
}

/** What took a right away, and who may not do what from then on. */
interface Lost {
  /** Who lost it; none: everybody but those whom it spares. */
  user?: string;
  spares?: (user: string) => boolean;
  story: string;
  isAbout(frame: Request): boolean;
  /** A request of anybody's that may have given it back to a user. */
  isReturn(frame: Request, user: string): boolean;
}

/** 14. Who is muted adds nothing; who is banned or uninvited does not come in; and so on. */
export function rightsEnd(history: History): Violation[] {
  const requests = requestsOf(history);
  return requests.flatMap((taking) => {
    const lost = taking.doneAt === undefined ? undefined : lostBy(taking, history);
    if (lost === undefined || taking.doneAt === undefined) return [];
    const { doneAt: since } = taking;
    return requests.flatMap(({ user, frame, askedAt, doneAt }) => {
      if (askedAt < since || doneAt === undefined || !lost.isAbout(frame)) return [];
      if (lost.user === undefined ? lost.spares?.(user) : user !== lost.user) return [];
      const isReturned = requests.some(
        (other) =>
          lost.isReturn(other.frame, user) &&
          other.endsAt > taking.askedAt &&
          other.askedAt < doneAt,
      );
      if (isReturned) return [];
      return [{ promise: 14, story: `${user} ${lost.story}, and did ${frame.action}`, at: doneAt }];
    });
  });
}

const adding = ["send", "edit", "react", "pin"];
const moderating = ["kick", "ban", "unban", "mute", "pin"];
const owning = ["grant", "close", "reopen"];

function lostBy({ user: by, frame }: Asked, history: History): Lost | undefined {
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
  if (frame.action === "close" || frame.action === "configure") return lostToAll(frame, history);
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
    return losing("lost the role", [...moderating, ...owning], ["grant"]);
  }
  if (frame.action === "grant" && frame.role === "moderator") {
    const isReturn = (other: Request) =>
      isOn(other) && other.action === "grant" && other.role === "owner";
    return { ...losing("is no owner", owning, []), isReturn };
  }
  return undefined;
}

/** What nobody may do any more, or only who leads the room. */
function lostToAll(
  frame: Request & { action: "close" | "configure" },
  history: History,
): Lost | undefined {
  const { room } = frame;
  const isIn = (other: Request) => "room" in other && other.room === room;
  if (frame.action === "close") {
    return {
      story: `found ${room} closed`,
      isAbout: (other) => isIn(other) && [...adding, "invite"].includes(other.action),
      isReturn: (other) => isIn(other) && other.action === "reopen",
    };
  }
  if (frame.invites !== "moderators") return undefined;
  return {
    spares: (user) => ledBy(history).has(`${user} ${room}`),
    story: `may not invite to ${room}`,
    isAbout: (other) => isIn(other) && ["invite", "uninvite"].includes(other.action),
    isReturn: (other) => isIn(other) && other.action === "configure" && other.invites === "members",
  };
}

/** Users who made a room, or may have been given a role in it, by both. */
const ledBy = once((history) => {
  const users = usersOf(history);
  const asked = requestsOf(history).flatMap(({ user, frame }) => {
    if (frame.action === "create" && frame.room !== undefined) return [`${user} ${frame.room}`];
    if (frame.action === "grant" && frame.role !== "member") return [`${frame.user} ${frame.room}`];
    return [];
  });
  const made = receivedOf(history, "created").map(
    ({ frame, connection }) => `${users.get(connection)} ${frame.room}`,
  );
  return new Set([...asked, ...made]);
});

/**
 * 14. Who came into a room that hides what was before is shown nothing of that, until they may have
 * left and come again.
 */
export function pastIsHidden(history: History): Violation[] {
  const users = usersOf(history);
  const cuts = receivedOf(history, "joined").flatMap(({ frame, connection, at }) => {
    const { room, from } = frame;
    return from === undefined ? [] : [{ user: users.get(connection) ?? "", room, from, at }];
  });
  if (cuts.length === 0) return [];
  const ends = requestsOf(history).flatMap(({ user, frame, askedAt }) => {
    const loss = lossIn(frame, user);
    return loss ? [{ ...loss, askedAt }] : [];
  });
  return repliesOf(history).flatMap(({ askedAt, at, connection, shown }) => {
    const user = users.get(connection);
    return shown.flatMap(({ room, message }) => {
      const isHidden = cuts.some(
        (cut) =>
          cut.user === user &&
          cut.room === room &&
          cut.at < askedAt &&
          message.seq < cut.from &&
          !ledBy(history).has(`${user} ${room}`) &&
          !ends.some((end) => end.user === user && end.room === room && end.askedAt < at),
      );
      if (!isHidden) return [];
      const story = `${connection} was shown ${room} ${message.seq}, from before ${user} came`;
      return [{ promise: 14, story, at, connection, room }];
    });
  });
}

/**
 * 14. Who asks to come in when a room was answered to hide what was before is told from where on
 * there is something for them, unless they were in or lead it, or that may have changed.
 */
export function pastIsCut(history: History): Violation[] {
  const requests = requestsOf(history);
  const answers = answersOf(history);
  const hiding = requests.filter(
    ({ frame, doneAt }) =>
      frame.action === "configure" && frame.history === "since_join" && doneAt !== undefined,
  );
  if (hiding.length === 0) return [];
  const isStranger = strangersBy(history, lossesBy(history, ["leave", "kick", "ban"]));
  return requests.flatMap(({ user, frame, request, askedAt, doneAt = -1 }) => {
    if (frame.action !== "join" || doneAt < 0) return [];
    const { room } = frame;
    const set = hiding.filter((one) => isAt(one, room) && (one.doneAt ?? askedAt) < askedAt).at(-1);
    if (set === undefined || ledBy(history).has(`${user} ${room}`)) return [];
    if (!isStranger(user, room, askedAt, askedAt - 1)) return [];
    const mayBeShown = requests.some((other) => {
      const { frame: asked, endsAt } = other;
      if (!isAt(other, room) || other.askedAt >= doneAt) return false;
      return asked.action === "configure" && asked.history === "all" && endsAt > set.askedAt;
    });
    const isCut = (answers.get(request) ?? []).some((one) => "from" in one.frame);
    if (mayBeShown || isCut) return [];
    const story = `${user} came into ${room}, which hides what was before, and sees it all`;
    return [{ promise: 14, story, at: doneAt, room }];
  });
}

const isAt = ({ frame }: Asked, room: string) => "room" in frame && frame.room === room;

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
    const user = users.get(connection) ?? "";
    return { request, user, frame, askedAt, doneAt: done?.at, endsAt };
  });
});
