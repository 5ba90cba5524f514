/**
 * Subscribe a connection to rooms and return what came after its cursors, all in one frame.
 *
 * Subscribing comes before reading: an event that is appended meanwhile is either seen by our read
 * or finds our subscription. Rooms are independent: one that is refused harms no other. The
 * connection is read once for all of them. A user who is no member of a room costs one read.
 *
 * A few rooms are looked at together, each a short way into its log, until the frame is full. So at
 * most a few short pages are read for nothing, and a quiet room is one read: the event at the
 * cursor is the head when nothing follows it. What is left of the frame goes to the rooms that have
 * more, in their order. What says that an event has changed brings that event, as it is now.
 */
import type { ConnectedCaller, KnownConnection, Membership } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { bytesOf } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { roomTopic } from "../../pubsub/topics.ts";
import { isOthersRoom } from "../rooms/membership.ts";
import { refusedRoom } from "../rooms/refusedRoom.ts";
import {
  assertBelongs,
  assertHeard,
  getConnection,
  type SubscribeToRoomPorts,
  subscribeToRooms,
} from "../rooms/subscribeToRoom.ts";
import { headOf } from "./append.ts";
import { withNow } from "./present.ts";
import { type FoundRoom, type PlacedRoom, SyncReply } from "./syncReply.ts";

/** Rooms looked at together: those of a person at a keep-alive, and a frame of short pages. */
const roomsTogether = 16;

/** Events that a room's first page has at least, however many rooms there are. */
const firstPageEvents = 10;

type SyncPorts = SubscribeToRoomPorts & Pick<Ports, "log" | "report">;

/** @throws ConnectionEnded when the service no longer knows the connection */
export async function sync(
  frame: ClientFrame<"sync">,
  caller: ConnectedCaller,
  ports: SyncPorts,
): Promise<ServerFrame<"sync">> {
  const rooms = roomsOf(frame);
  const known = await knownFor(rooms, caller, ports);
  const reply = new SyncReply(rooms.map(({ room }) => room.name));
  const pageEvents = Math.max(firstPageEvents, Math.floor(limits.syncEvents / rooms.length));
  for (let from = 0; from < rooms.length && !reply.isFull; from += roomsTogether) {
    const places = rooms.slice(from, from + roomsTogether);
    const { members, errors } = await hear(places, { known, caller, ports });
    const looks = places.map(async (place) => {
      try {
        if (errors.has(place.room)) throw errors.get(place.room);
        return await firstPage(place, members.get(place.room)?.fromSeq, pageEvents, ports);
      } catch (error) {
        return refusedRoom("sync", place.room.name, error, ports.report);
      }
    });
    for (const found of await Promise.all(looks)) {
      if ("error" in found) reply.refuse(found);
      else reply.place(found);
    }
  }
  for (const room of reply.endless()) await readOn(room, reply, ports);
  await Promise.all(reply.endless().map((room) => findHead(room, ports)));
  return reply.frame();
}

/** Where to go on, and the event that the client has there, if it says so. */
interface Place {
  room: Room;
  cursor: number;
  tag: string | undefined;
}

function roomsOf(frame: ClientFrame<"sync">): Place[] {
  // An object would have something for a room called "constructor" that nobody sent.
  const tags = new Map(Object.entries(frame.tags ?? {}));
  return Object.entries(frame.rooms).map(([name, cursor]) => ({
    room: parseRoom(name),
    cursor,
    tag: tags.get(name),
  }));
}

/** The connection, unless nothing but others' direct rooms is asked for. */
async function knownFor(
  places: readonly Place[],
  { user, connection }: ConnectedCaller,
  ports: SyncPorts,
): Promise<KnownConnection | undefined> {
  if (places.every(({ room }) => isOthersRoom(room, user))) return undefined;
  return getConnection(ports, connection.connectionId);
}

interface Listener {
  /** The connection; undefined when only others' direct rooms were asked for. */
  known: KnownConnection | undefined;
  caller: ConnectedCaller;
  ports: SyncPorts;
}

/**
 * Let the connection hear rooms, unless it does. That it does is the item's word alone. Returns
 * what the user is to each, and why the connection does not hear some of them: a refusal, an outage
 * included, is that room's alone.
 */
async function hear(
  places: readonly Place[],
  listener: Listener,
): Promise<{ members: Map<Room, Membership>; errors: Map<Room, unknown> }> {
  const { known, caller, ports } = listener;
  const members = new Map<Room, Membership>();
  const errors = new Map<Room, unknown>();
  const rooms = places.map(({ room }) => room);
  await Promise.all(
    rooms.map(async (room) => {
      try {
        members.set(room, await assertBelongs(ports, room, caller.user, known));
      } catch (error) {
        errors.set(room, error);
      }
    }),
  );
  const isUnheard = (room: Room) => !room.users && !known?.confirmed.has(roomTopic(room.name));
  const wanted = rooms.filter((room) => !errors.has(room) && isUnheard(room));
  if (known === undefined || wanted.length === 0) return { members, errors };
  for (const [room, subscribed] of await subscribeToRooms(ports, caller, known, wanted)) {
    try {
      assertHeard(subscribed);
    } catch (error) {
      errors.set(room, error);
    }
  }
  return { members, errors };
}

/**
 * The event at the cursor, and the next ones. It must be there, and be the very one that the client
 * has. If it is not, this connection hears the room all the same: a client that starts anew syncs
 * again. For a member whose log begins later than the cursor, it goes on where that log begins.
 */
async function firstPage(
  place: Place,
  fromSeq: number | undefined,
  pageEvents: number,
  ports: Pick<Ports, "log">,
): Promise<FoundRoom> {
  const { room, tag } = place;
  const limit = pageEvents + 1;
  const bytesMax = 2 * limits.frameBytes; // the one at the cursor may fill a frame of its own
  let cursor = Math.max(place.cursor, (fromSeq ?? 1) - 1);
  const after = Math.max(0, cursor - 1);
  const found = await ports.log.list(room.name, { after, limit, order: "oldest first", bytesMax });
  const first = found[0]?.seq ?? 0;
  // Where retention took what is between, the log goes on further behind.
  if (first > after + 1) cursor = first - 1;
  const isCut = cursor > place.cursor;
  const from = isCut && { from: cursor + 1 };
  const at = first === cursor ? found[0] : undefined;
  if (cursor > 0 && first <= cursor) assertSameLog(at?.tag, isCut ? undefined : tag);
  const isEnd = found.length < limit && bytesOf(found) <= bytesMax;
  const head = isEnd ? headOf(found.slice(-1)) : undefined;
  const following = (at ? found.slice(1) : found).slice(0, limits.syncEvents);
  const options = { fromSeq, bytesMax: limits.frameBytes };
  const events = await withNow(ports.log, room.name, following, options);
  return { room: room.name, cursor, events, head, fromSeq, ...from };
}

/** @throws ChatError `log_reset`, `bad_request` (a cursor beyond the head) */
function assertSameLog(found: string | undefined, wanted: string | undefined): void {
  if (found !== undefined && (wanted === undefined || wanted === found)) return;
  if (wanted === undefined) {
    throw new ChatError("bad_request", "the cursor is beyond the head of the room");
  }
  throw new ChatError("log_reset", "the log does not hold the event at the cursor");
}

/** Read on in a room while there is space: about as many events as will fit. */
async function readOn(
  room: PlacedRoom,
  reply: SyncReply,
  ports: Pick<Ports, "log">,
): Promise<void> {
  const { events } = room;
  const last = events.at(-1);
  if (reply.isFull || last === undefined) return;
  const fitting = Math.ceil((reply.bytesLeft * events.length) / bytesOf(events));
  const limit = Math.min(limits.syncEvents - events.length, fitting);
  if (limit < 1) return;
  const order = "oldest first";
  const found = await ports.log.list(room.room, { after: last.seq, limit, order });
  if (found.length < limit) room.head = headOf([found.at(-1) ?? last]);
  const options = { fromSeq: room.fromSeq, bytesMax: reply.bytesLeft };
  reply.extend(room, await withNow(ports.log, room.room, found, options));
}

/** The head of a room with more events than the reply has. */
async function findHead(room: PlacedRoom, ports: Pick<Ports, "log">): Promise<void> {
  room.head = headOf(await ports.log.list(room.room, { limit: 1, order: "newest first" }));
}
