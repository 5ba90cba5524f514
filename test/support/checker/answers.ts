/**
 * What answers say, held against what there was: heads that were never the room's (promise 4),
 * members who were taken for strangers (promise 7), and read positions that were lost (promise 10).
 */

import { refusedIn, syncedIn } from "../syncReply.ts";
import {
  answersOf,
  entriesOf,
  type History,
  headAt,
  type Of,
  once,
  type Request,
  receivedOf,
  usersOf,
  type Violation,
} from "./history.ts";
import { lossIn } from "./membership.ts";

/**
 * 4. The head that an answer names was the room's at some time between request and answer: one that
 * is too low, or too high, makes its client take an event for one that it has.
 */
export function headsAreTrue(history: History): Violation[] {
  const answers = answersOf(history);
  return entriesOf(history, "asked").flatMap((asked) =>
    (answers.get(asked.request) ?? []).flatMap(({ frame, at, connection }) =>
      headsIn(frame).flatMap(({ room, seq }) => {
        const [low, high] = [
          headAt(history, room, asked.at),
          headAt(history, room, at, "possible"),
        ];
        if (seq >= low && seq <= high) return [];
        const truth = low === high ? `${low}` : `${low} to ${high}`;
        const story = `${connection} was told in ${frame.type} that ${room} ends at ${seq}`;
        return [{ promise: 4, story: `${story}, not at ${truth}`, at, connection, room }];
      }),
    ),
  );
}

function headsIn(frame: Of<"received">["frame"]): { room: string; seq: number }[] {
  if (frame.type === "welcome") return frame.rooms;
  if (frame.type === "sync") return syncedIn(frame);
  return frame.type === "joined" ? [frame] : [];
}

/** 7. Who has joined, and has not asked to leave, is not refused as no member. */
export function membersAreLetIn(history: History): Violation[] {
  const users = usersOf(history);
  const answers = answersOf(history);
  return entriesOf(history, "asked").flatMap((asked) =>
    (answers.get(asked.request) ?? []).flatMap(({ frame, at, connection }) =>
      refusedRoomsIn(frame, asked.frame).flatMap((room) => {
        const name = `${users.get(connection)} ${room}`;
        const hasLeft = (firstLeaves(history).get(name) ?? at) < at;
        const isMember = (firstJoined(history).get(name) ?? asked.at) < asked.at;
        // A private room refuses users without an invitation.
        const isIn = isMember || (asked.frame.action === "join" && !room.startsWith("p-"));
        if (hasLeft || !isIn) return [];
        const story = `${connection} was refused ${asked.frame.action} of ${room} as no member`;
        return [{ promise: 7, story, at, connection, room }];
      }),
    ),
  );
}

/** The rooms that an answer refuses because the user is no member. */
function refusedRoomsIn(frame: Of<"received">["frame"], asked: Request): string[] {
  if (frame.type === "sync" || frame.type === "focused") {
    const refused = refusedIn(frame).filter(({ error }) => error.code === "not_member");
    return refused.map(({ room }) => room);
  }
  const isRefused = frame.type === "error" && frame.code === "not_member";
  return isRefused && "room" in asked && asked.room !== undefined ? [asked.room] : [];
}

/** When each user first asked to leave each room, or somebody to put them out, by both. */
const firstLeaves = once((history) => {
  const users = usersOf(history);
  const times = new Map<string, number>();
  for (const { frame, connection, at } of entriesOf(history, "asked")) {
    const loss = lossIn(frame, users.get(connection) ?? "");
    const name = `${loss?.user} ${loss?.room}`;
    if (loss && !times.has(name)) times.set(name, at);
  }
  return times;
});

/** When each user was first told to have joined each room, by both. */
const firstJoined = once((history) => {
  const joined = receivedOf(history, "joined").filter(({ frame }) => frame.id !== undefined);
  return firstTimes(
    history,
    joined.map(({ frame: { room }, connection, at }) => ({ room, connection, at })),
  );
});

function firstTimes(history: History, all: { room: string; connection: string; at: number }[]) {
  const users = usersOf(history);
  const times = new Map<string, number>();
  for (const { room, connection, at } of all) {
    const name = `${users.get(connection)} ${room}`;
    if (!times.has(name)) times.set(name, at);
  }
  return times;
}

/** 10. Where a `read` was answered to stand, the user's read position stands, or further on. */
export function readPositionsStay(history: History): Violation[] {
  const users = usersOf(history);
  const answers = answersOf(history);
  const leavers = new Set([...firstLeaves(history).keys()].map((name) => name.split(" ")[0]));
  return entriesOf(history, "asked").flatMap((asked) =>
    (answers.get(asked.request) ?? []).flatMap(({ frame, at, connection }) => {
      const user = users.get(connection);
      // Who leaves and joins again begins anew, at the head.
      if (leavers.has(user)) return [];
      return positionsIn(frame).flatMap(({ room, seq }) => {
        const earlier = readsOf(history).get(`${user} ${room}`) ?? [];
        const seqs = earlier.filter((read) => read.at < asked.at).map((read) => read.seq);
        const stood = Math.max(0, ...seqs);
        if (seq >= stood) return [];
        const story = `${user} had read ${room} to ${stood} and was told ${seq}`;
        return [{ promise: 10, story, at, connection, room }];
      });
    }),
  );
}

/** Where users were told to have read to, by user and room. */
const readsOf = once((history) => {
  const users = usersOf(history);
  const reads = new Map<string, { seq: number; at: number }[]>();
  for (const { frame, connection, at } of receivedOf(history, "read")) {
    if (frame.id === undefined) continue;
    const name = `${users.get(connection)} ${frame.room}`;
    reads.set(name, [...(reads.get(name) ?? []), { seq: frame.seq, at }]);
  }
  return reads;
});

function positionsIn(frame: Of<"received">["frame"]): { room: string; seq: number }[] {
  if (frame.type === "read") return [frame];
  if (frame.type !== "welcome") return [];
  return frame.rooms.map(({ room, readSeq }) => ({ room, seq: readSeq }));
}
