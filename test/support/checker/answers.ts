/**
 * What answers say, held against what there was: heads that were never the room's (promise 4),
 * members who were taken for strangers (promise 7), and read positions that were lost (promise 10).
 */
import {
  answersOf,
  entriesOf,
  type History,
  type Of,
  receivedOf,
  usersOf,
  type Violation,
} from "./history.ts";
import { headAt } from "./log.ts";

/**
 * 4. The head that an answer names was the room's at some time between request and answer: one that
 * is too low, or too high, makes its client take an event for one that it has.
 */
export function headsAreTrue(history: History): Violation[] {
  const answers = answersOf(history);
  const appended = entriesOf(history, "appended");
  return entriesOf(history, "asked").flatMap((asked) =>
    (answers.get(asked.request) ?? []).flatMap(({ frame, at, connection }) =>
      headsIn(frame).flatMap(({ room, seq }) => {
        const [low, high] = [headAt(appended, room, asked.at), headAt(appended, room, at)];
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
  return frame.type === "joined" || frame.type === "sync" ? [frame] : [];
}

/** 7. Who has joined, and has not asked to leave, is not refused as no member. */
export function membersAreLetIn(history: History): Violation[] {
  const users = usersOf(history);
  const answers = answersOf(history);
  const requests = entriesOf(history, "asked");
  const joined = receivedOf(history, "joined").filter(({ frame }) => frame.id !== undefined);
  return requests.flatMap((asked) =>
    (answers.get(asked.request) ?? []).flatMap(({ frame, at, connection }) => {
      if (frame.type !== "error" || frame.code !== "not_member") return [];
      const room = frame.room ?? ("room" in asked.frame ? asked.frame.room : undefined);
      const user = users.get(connection);
      const isOurs = (other: { connection: string }) => users.get(other.connection) === user;
      const hasLeft = requests.some(
        (other) =>
          other.frame.action === "leave" &&
          other.frame.room === room &&
          other.at < at &&
          isOurs(other),
      );
      const isMember = joined.some(
        (other) => other.frame.room === room && other.at < asked.at && isOurs(other),
      );
      const isIn = isMember || asked.frame.action === "join";
      if (room === undefined || hasLeft || !isIn) return [];
      const story = `${connection} was refused ${asked.frame.action} of ${room} as no member`;
      return [{ promise: 7, story, at, connection, room }];
    }),
  );
}

/** 10. Where a `read` was answered to stand, the user's read position stands, or further on. */
export function readPositionsStay(history: History): Violation[] {
  const users = usersOf(history);
  const answers = answersOf(history);
  const leaves = entriesOf(history, "asked").filter(({ frame }) => frame.action === "leave");
  const reads = receivedOf(history, "read").filter(({ frame }) => frame.id !== undefined);
  return entriesOf(history, "asked").flatMap((asked) =>
    (answers.get(asked.request) ?? []).flatMap(({ frame, at, connection }) => {
      const user = users.get(connection);
      return positionsIn(frame).flatMap(({ room, seq }) => {
        const earlier = reads.filter(
          (other) =>
            other.at < asked.at &&
            other.frame.room === room &&
            users.get(other.connection) === user,
        );
        const stood = Math.max(0, ...earlier.map((other) => other.frame.seq));
        // Who leaves and joins again begins anew, at the head.
        const hasLeft = leaves.some((leave) => users.get(leave.connection) === user);
        if (seq >= stood || hasLeft) return [];
        const story = `${user} had read ${room} to ${stood} and was told ${seq}`;
        return [{ promise: 10, story, at, connection, room }];
      });
    }),
  );
}

function positionsIn(frame: Of<"received">["frame"]): { room: string; seq: number }[] {
  if (frame.type === "read") return [frame];
  if (frame.type !== "welcome") return [];
  return frame.rooms.map(({ room, readSeq }) => ({ room, seq: readSeq }));
}
