/**
 * Subscribe a connection to rooms and return what came after its cursors.
 *
 * Subscribing comes before reading: an event that is appended meanwhile is either seen by our read
 * or finds our subscription. Rooms are independent, so each has a reply of its own, and a room that
 * is refused harms no other. The connection is read once for all of them, and a room of which the
 * user is no member costs one read.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { ConnectedCaller } from "../../model.ts";
import type { KnownConnection, Ports } from "../../ports.ts";
import { ChatError, ConnectionEnded } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import type { LogEvent, ServerFrame } from "../../protocol/serverFrames.ts";
import { unsubscribe } from "../../pubsub/subscribe.ts";
import { roomTopic } from "../../pubsub/topics.ts";
import { assertMember, assertNotOthersRoom, isMember } from "../rooms/membership.ts";
import {
  getConnection,
  memberCheck,
  type SubscribeToRoomPorts,
  subscribeToRoom,
} from "../rooms/subscribeToRoom.ts";
import { headOf } from "./append.ts";

/** Rooms worked on at once. */
const roomsInFlight = 8;

export type SyncPorts = SubscribeToRoomPorts & Pick<Ports, "log">;

/**
 * What one of several rooms failed with; the boundary makes an error frame of it, as of any other
 * failure.
 */
export interface RoomFailure {
  room: string;
  error: unknown;
}

/** @throws ConnectionEnded when the service no longer knows the connection */
export async function sync(
  frame: ClientFrame<"sync">,
  caller: ConnectedCaller,
  ports: SyncPorts,
): Promise<(ServerFrame<"sync"> | RoomFailure)[]> {
  const findConnection = onceOnly(() => getConnection(ports, caller.connection.connectionId));
  // An object would have something for a room called "constructor", whatever the client sent.
  const tags = new Map(Object.entries(frame.tags ?? {}));
  return mapInFlight(Object.entries(frame.rooms), roomsInFlight, async ([room, cursor]) => {
    try {
      const from = { cursor, tag: tags.get(room) };
      return await syncRoom(parseRoom(room), from, caller, ports, findConnection);
    } catch (error) {
      if (error instanceof ConnectionEnded) throw error;
      return { room, error };
    }
  });
}

/** Where to go on, and the event that the client has there, if it says so. */
interface From {
  cursor: number;
  tag: string | undefined;
}

async function syncRoom(
  room: Room,
  from: From,
  caller: ConnectedCaller,
  ports: SyncPorts,
  findConnection: () => Promise<KnownConnection>,
): Promise<ServerFrame<"sync">> {
  assertNotOthersRoom("sync", room, caller.user);
  const [belongs, known] = await Promise.all([
    isMember(ports, caller.user, room),
    findConnection(),
  ]);
  if (!belongs && known.topics.has(roomTopic(room.name))) {
    // A leave that died half-way may have left this connection subscribed.
    const isStillMember = memberCheck(ports, caller.user, room);
    await unsubscribe(ports, caller.connection.connectionId, roomTopic(room.name), isStillMember);
  }
  assertMember("sync", room, caller.user, belongs);
  const head = headOf(await ports.log.list(room.name, { limit: 1, order: "newest first" }));
  const { cursor, tag } = from;
  if (cursor > head.seq) {
    if (tag !== undefined) throw logReset(room.name);
    const message = `unable to sync ${room.name}; the cursor is beyond the head of the room`;
    throw new ChatError("bad_request", message);
  }
  await subscribeToRoom(ports, caller, room, known);

  const events = await eventsFrom(room.name, from, ports);
  const returned = events.slice(0, Math.min(limits.syncEvents, countThatFit(events)));
  const lastSeq = returned.at(-1)?.seq ?? cursor;
  return {
    type: "sync",
    room: room.name,
    events: returned,
    seq: Math.max(head.seq, lastSeq),
    complete: returned.length === events.length,
  };
}

/**
 * The next events, one more than are sent. With a tag the one at the cursor is read with them: it
 * must be the very event that the client has. If it is not, this connection hears the room all the
 * same: a client that starts anew syncs again.
 */
async function eventsFrom(
  room: string,
  { cursor, tag }: From,
  ports: Pick<Ports, "log">,
): Promise<LogEvent[]> {
  const range = { limit: limits.syncEvents + 1, order: "oldest first" } as const;
  const bytesMax = limits.frameBytes;
  if (tag === undefined) return ports.log.list(room, { ...range, after: cursor, bytesMax });
  const [known, ...events] = await ports.log.list(room, {
    ...range,
    after: cursor - 1,
    limit: range.limit + 1,
    bytesMax: 2 * bytesMax, // the one at the cursor may fill a frame of its own
  });
  if (known?.tag !== tag) throw logReset(room);
  return events;
}

function logReset(room: string): ChatError {
  const message = `unable to sync ${room}; the log does not hold the event at the cursor`;
  return new ChatError("log_reset", message);
}

/** Asks at the first call, if there is one: others' direct rooms are refused without it. */
function onceOnly<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
