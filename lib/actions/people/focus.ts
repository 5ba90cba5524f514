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
import type { ConnectedCaller } from "../../model.ts";
import type { KnownConnection, Ports } from "../../ports.ts";
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
import { onlineIn } from "./presence.ts";

type FocusPorts = Pick<Ports, "memberships" | "connections" | "subscriptions" | "clock" | "report">;
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
  const topics = new Map(places.map((room) => [room, focusTopic(room.name)]));
  const isStillMember = memberCheck(ports, caller.user, topics);
  const outcomes = await lookAt(ports, known, [...topics.values()], isStillMember);
  for (const [room, topic] of topics) {
    const outcome = outcomes.get(topic);
    try {
      if (outcome) assertHeard("focus", room, outcome);
    } catch (error) {
      errors.set(room.name, error);
    }
  }
  const bytesMax = Math.floor(contentBytes / Math.max(1, rooms.length));
  const looked = await mapInFlight(rooms, limits.focusRooms, async (name): Promise<Focused> => {
    try {
      if (errors.has(name)) throw errors.get(name);
      return fitting(await viewOf(parseRoom(name), caller.user, ports), bytesMax);
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
): Promise<{ places: Room[]; errors: Map<string, unknown> }> {
  const places: Room[] = [];
  const errors = new Map<string, unknown>();
  await mapInFlight(names, limits.focusRooms, async (name) => {
    try {
      const room = parseRoom(name);
      await assertBelongs(ports, "focus", room, user, known);
      places.push(room);
    } catch (error) {
      errors.set(name, error);
    }
  });
  return { places, errors };
}

async function viewOf(room: Room, user: string, ports: FocusPorts): Promise<View> {
  const [{ online }, reads] = await Promise.all([
    onlineIn(ports, room),
    readsIn(ports, room, user),
  ]);
  return { room: room.name, online: online.slice(0, limits.whoUsers), reads };
}

/** How far others have read: of a direct room, once both have written; of a large one, nothing. */
async function readsIn(
  { memberships }: Pick<Ports, "memberships">,
  { name, users }: Room,
  me: string,
): Promise<View["reads"]> {
  if (users === undefined) {
    const members = (await memberships.listMembers(name, limits.readersShown)) ?? [];
    return members
      .filter(({ user }) => user !== me)
      .map(({ user, readSeq, readN }) => ({ user, seq: readSeq, n: readN }))
      .sort((a, b) => (a.user < b.user ? -1 : 1));
  }
  const [mine, theirs] = await Promise.all(users.map((user) => memberships.find(user, name)));
  if (!mine?.hasWritten || !theirs?.hasWritten) return [];
  const both = [mine, theirs].map(({ readSeq, readN }, index) => ({
    user: users[index] ?? me,
    seq: readSeq,
    n: readN,
  }));
  return both.filter(({ user }) => user !== me);
}

/** Positions may take half of the space, and who is online the rest. */
function fitting({ room, online, reads }: View, bytesMax: number): View {
  const left = bytesMax - bytesOf({ room, online: [], reads: [] }) - 1;
  const read = reads.slice(0, countThatFit(reads, Math.floor(left / 2)));
  const shown = online.slice(0, countThatFit(online, left - bytesOf(read)));
  return { room, online: shown, reads: read };
}
