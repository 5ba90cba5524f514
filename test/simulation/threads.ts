/** What becomes of threads in the end: promise 15. */
import type { LogEvent, MessageEvent } from "../../lib/protocol/serverFrames.ts";
import { type History, receivedOf, usersOf, type Violation } from "../support/checker/history.ts";
import type { Simulation } from "./simulation.ts";

/**
 * 15. A page of a thread says how many of others' replies a user who wrote in it has not read. Held
 * against the log and the read position: so of pages that were asked for when all had come to rest.
 */
export async function unreadInThreads(
  { stores }: Pick<Simulation, "stores">,
  history: History,
  since: number,
): Promise<Violation[]> {
  const users = usersOf(history);
  const violations: Violation[] = [];
  for (const { frame, connection, at } of receivedOf(history, "thread")) {
    const { room, seq, unread } = frame;
    const user = users.get(connection) ?? "";
    const messages = (history.logs.get(room) ?? []).filter(isMessage);
    const replies = messages.filter(({ thread, deleted }) => thread === seq && !deleted);
    const isIn = [...replies, ...messages.filter((one) => one.seq === seq)].some(
      ({ from }) => from === user,
    );
    if (at < since || !isIn) continue;
    const { readSeq = 0 } = (await stores.memberships.find(user, room)) ?? {};
    const due = replies.filter((one) => one.seq > readSeq && one.from !== user).length;
    if (unread === due) continue;
    const story = `${connection} was told that ${unread} replies to ${room} ${seq} are unread`;
    violations.push({ promise: 15, story: `${story}, and ${due} are`, at, room });
  }
  return violations;
}

const isMessage = (event: LogEvent): event is MessageEvent => event.kind === "message";
