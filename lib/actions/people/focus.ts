/**
 * Look at rooms: from now on this connection is shown who comes and goes, types and reads there,
 * and in no other room.
 *
 * The set is replaced as a whole (pubsub/lookAt.ts), and then each room is read: a hint that is
 * sent meanwhile is either in what we read or finds our subscription. Rooms are independent, so one
 * that is refused harms no other. A crash half-way leaves a part of the old set or of the new one;
 * the retry completes it, since it replaces the set that it finds.
 */
import { mapInFlight } from "../../concurrency.ts";
import {
  type ConnectedCaller,
  type KnownConnection,
  type Membership,
  openRoom,
} from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { bytesOf, contentBytes, countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom, type Room } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { lookAt } from "../../pubsub/lookAt.ts";
import { focusTopic } from "../../pubsub/topics.ts";
import { refusedRoom } from "../rooms/refusedRoom.ts";
import {
  assertBelongs,
  assertHeard,
  getConnection,
  memberCheck,
} from "../rooms/subscribeToRoom.ts";
import { onlineTo } from "./onlineTo.ts";
import { readsIn } from "./readsIn.ts";

type FocusPorts = Pick<
  Ports,
  "rooms" | "memberships" | "connections" | "subscriptions" | "clock" | "report"
>;
type Focused = ServerFrame<"focused">["rooms"][number];
type View = Extract<Focused, { online: unknown }>;

/** @throws ConnectionEnded when the service no longer knows the connection */
export async function focus(
  { rooms }: ClientFrame<"focus">,
  caller: ConnectedCaller,
  ports: FocusPorts,
): Promise<ServerFrame<"focused">> {
  const known = await getConnection(ports, caller.connection.connectionId);
  const { places, errors } = await placesOf(rooms, caller, known, ports);
  const topics = new Map([...places.keys()].map((room) => [room, focusTopic(room.name)]));
  const members = new Map([...places].map(([room, member]) => [room.name, member]));
  const isStillMember = memberCheck(ports, caller.user, topics);
  const outcomes = await lookAt(ports, known, [...topics.values()], isStillMember);
  for (const [room, topic] of topics) {
    const outcome = outcomes.get(topic);
    try {
      if (outcome) assertHeard(outcome);
    } catch (error) {
      errors.set(room.name, error);
    }
  }
  const bytesMax = Math.floor(contentBytes / Math.max(1, rooms.length));
  const looked = await mapInFlight(rooms, limits.focusRooms, async (name): Promise<Focused> => {
    try {
      if (errors.has(name)) throw errors.get(name);
      return fitting(
        await viewOf(parseRoom(name), caller.user, members.get(name), ports),
        bytesMax,
      );
    } catch (error) {
      return refusedRoom("focus", name, error, ports.report);
    }
  });
  return { type: "focused", rooms: looked };
}

/** The rooms that the user belongs to, and why the others cannot be looked at. */
async function placesOf(
  names: readonly string[],
  { user }: ConnectedCaller,
  known: KnownConnection,
  ports: FocusPorts,
): Promise<{ places: Map<Room, Membership>; errors: Map<string, unknown> }> {
  const places = new Map<Room, Membership>();
  const errors = new Map<string, unknown>();
  await mapInFlight(names, limits.focusRooms, async (name) => {
    try {
      const room = parseRoom(name);
      places.set(room, await assertBelongs(ports, room, user, known));
    } catch (error) {
      errors.set(name, error);
    }
  });
  return { places, errors };
}

async function viewOf(
  room: Room,
  user: string,
  member: Membership | undefined,
  ports: FocusPorts,
): Promise<View> {
  const [{ online }, reads = [], pins] = await Promise.all([
    onlineTo(ports, room, { user }),
    readsIn(ports, room),
    pinsIn(ports, room, member),
  ]);
  return {
    room: room.name,
    online: online.slice(0, limits.whoUsers),
    reads: reads.filter((read) => read.user !== user),
    ...(pins.length > 0 && { pins }),
  };
}

/** Of messages that this member may read; in a direct room nobody pins. */
async function pinsIn(
  { rooms }: FocusPorts,
  { name, users }: Room,
  member: Membership | undefined,
): Promise<number[]> {
  const { pins } = users ? openRoom : await rooms.find(name);
  return pins.filter((seq) => seq >= (member?.fromSeq ?? 0));
}

/** Positions may take half of the space, and who is online the rest. */
function fitting({ online, reads, ...rest }: View, bytesMax: number): View {
  const left = bytesMax - bytesOf({ ...rest, online: [], reads: [] }) - 1;
  const read = reads.slice(0, countThatFit(reads, Math.floor(left / 2)));
  const shown = online.slice(0, countThatFit(online, left - bytesOf(read)));
  return { ...rest, online: shown, reads: read };
}
