/** What a reply to `sync` says of its rooms, and which events any frame shows. */
import type {
  LogEvent,
  RefusedRoom,
  ServerFrame,
  SyncedRoom,
} from "../../lib/protocol/serverFrames.ts";

type Reply = ServerFrame<"sync">;

export const syncedIn = ({ rooms }: Reply): SyncedRoom[] =>
  rooms.flatMap((room) => ("error" in room ? [] : [room]));

export const refusedIn = ({ rooms }: Reply | ServerFrame<"focused">): RefusedRoom[] =>
  rooms.flatMap((room) => ("error" in room ? [room] : []));

/** Runs of events that a frame shows. */
export function pagesIn(frame: ServerFrame): { room: string; events: LogEvent[] }[] {
  if (frame.type === "sync") return syncedIn(frame);
  return "events" in frame ? [frame] : [];
}

/** The one room that was asked for. @throws Error unless it was synced */
export function onlySynced(reply: Reply): SyncedRoom {
  const [room] = syncedIn(reply);
  if (room && reply.rooms.length === 1 && reply.later.length === 0) return room;
  throw new Error(`not one room that was synced: ${JSON.stringify(reply).slice(0, 500)}`);
}
