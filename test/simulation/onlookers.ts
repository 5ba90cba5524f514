/**
 * What a client with each connection of a small case would hold by now, given the frames that it
 * received: it applies what comes, and asks for nothing beyond what the case has it ask for.
 */
import type { LogEvent, MessageEvent, ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Entry, History, Request, Violation } from "../support/checker/history.ts";
import { pagesIn } from "../support/syncReply.ts";
import { createFollowing, type Following } from "./following.ts";
import { isNow } from "./holding.ts";

/** By connection, how it follows the room. */
export function followingsOf(entries: readonly Entry[], room: string): Map<string, Following> {
  const asked = new Map<string, Request>();
  const followings = new Map<string, Following>();
  for (const entry of entries) {
    if (entry.what === "asked") asked.set(entry.request, entry.frame);
    if (entry.what !== "received") continue;
    const { connection, frame } = entry;
    const request = "id" in frame ? asked.get(frame.id ?? "") : undefined;
    const start = startIn(frame, request, room);
    if (start !== undefined && !followings.has(connection)) {
      followings.set(connection, createFollowing(start));
    }
    if (frame.type === "left" && frame.room === room) followings.delete(connection);
    const following = followings.get(connection);
    for (const event of eventsIn(frame, request, room)) following?.take(event);
  }
  return followings;
}

/** The cursor at which a frame lets a client begin. */
function startIn(
  frame: ServerFrame,
  request: Request | undefined,
  room: string,
): number | undefined {
  if (frame.type === "joined" && request && frame.room === room) return frame.seq;
  const isSynced = frame.type === "sync" && pagesIn(frame).some((page) => page.room === room);
  return isSynced && request?.action === "sync" ? request.rooms[room] : undefined;
}

function eventsIn(frame: ServerFrame, request: Request | undefined, room: string): LogEvent[] {
  // A page of `history`, and `events` that were asked for, are no part of the log as it goes on.
  if (request !== undefined && request.action !== "sync" && frame.type !== "ack") return [];
  if (frame.type === "ack" && request?.action === "send" && frame.room === room) {
    const { seq, n, tag, prev, cid, sentAtMs } = frame;
    const place = { seq, n, tag, ...(prev !== undefined && { prev }), cid, sentAtMs };
    return [{ ...place, kind: "message", from: "", text: request.text }];
  }
  return pagesIn(frame).flatMap((page) => (page.room === room ? page.events : []));
}

/** 12. Messages that a client holds, and which are others by now, though it has synced. */
export function outdated({ entries, logs }: History, room: string): Violation[] {
  const log = logs.get(room) ?? [];
  return [...followingsOf(entries, room)].flatMap(([connection, { holding }]) =>
    [...holding.messages.values()]
      .filter((held: MessageEvent) => !isNow(held, log[held.seq - 1]))
      .map(({ seq, v = 1 }) => ({
        promise: 12,
        story: `${connection} synced ${room} to the end and holds ${seq} at v ${v}, as it was`,
        at: entries.length,
        connection,
        room,
      })),
  );
}
