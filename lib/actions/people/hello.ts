/**
 * Tell a client who it is, what it may do, and where something is new: its rooms with their heads
 * and read positions, and its invitations.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { Caller, ConnectedCaller, Membership, RoomItem } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { bytesOf, contentBytes, countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogEvent, ServerFrame } from "../../protocol/serverFrames.ts";
import { headOf } from "../messages/append.ts";
import { roleOf, titleOf } from "../rooms/rights.ts";
import { shownPreferences } from "./preferences.ts";
import { unreadMentions } from "./unreadMentions.ts";

/** Heads read at once. A full page takes seven rounds of a few milliseconds each. */
const headsInFlight = 16;

type HelloCaller = Caller & Pick<ConnectedCaller, "expiresAtMs"> & Partial<ConnectedCaller>;
type HelloPorts = Pick<Ports, "memberships" | "log" | "clock" | "mentions">;

export async function hello(
  frame: ClientFrame<"hello">,
  caller: HelloCaller,
  ports: HelloPorts,
): Promise<ServerFrame<"welcome">> {
  const { user, name, connection, expiresAtMs } = caller;
  const [found, invitations] = await Promise.all([
    ports.memberships.list(user, frame.after, limits.welcomeRooms + 1),
    frame.after === undefined ? invitationsTo(user, ports) : [],
  ]);
  const listed = found.slice(0, limits.welcomeRooms);
  const nowMs = ports.clock.nowMs();
  const mentioned = mentionsIn(listed, user, ports);
  const all = await mapInFlight(listed, headsInFlight, async (membership) => {
    const { room, readSeq, readN, unreadFrom, mutedUntilMs = 0 } = membership;
    const { events, room: item } = await ports.log.tail(room, 1);
    const { seq, n, tag } = headOf(events);
    const newest = n > readN ? await newestMessage(room, events[0], ports) : undefined;
    // Who wrote the newest message has seen the room; sending does not write a read position.
    const isMine = newest?.kind === "message" && newest.from === user;
    return {
      ...{ room, seq, n },
      ...(tag !== undefined && { tag }),
      ...{ readSeq, unread: isMine && !unreadFrom ? 0 : unreadOf(n, membership, item) },
      mentions: ((await mentioned).get(room) ?? []).filter((at) => at <= seq).length,
      ...(item.title && { title: item.title }),
      ...titleOf(roleOf(user, membership, item)),
      ...(mutedUntilMs > nowMs && { mutedUntilMs }),
      ...shownPreferences(membership, seq),
    };
  });
  const besideRooms = bytesOf([name, invitations]);
  const rooms = all.slice(0, countThatFit(all, contentBytes - besideRooms));
  const { frameBytes, textCharacters, historyLimit } = limits;
  return {
    type: "welcome",
    user,
    ...(name !== undefined && { name }),
    ...(connection && { connectionId: connection.connectionId }),
    protocol: 1,
    expiresAtMs,
    limits: { frameBytes, textCharacters, historyLimit },
    rooms,
    invitations,
    more: found.length > rooms.length,
  };
}

/** What is no message says nothing of who has read: it is looked for before that. */
async function newestMessage(
  room: string,
  newest: LogEvent | undefined,
  { log }: HelloPorts,
): Promise<LogEvent | undefined> {
  if (newest === undefined || newest.kind !== "changed") return newest;
  const range = { before: newest.seq, limit: 1, order: "newest first" } as const;
  const [older] = await log.list(room, { ...range, withoutChanged: true });
  return older;
}

/**
 * Never less than 0: a log that went back has fewer messages than were read. What was deleted when
 * its time was over is not counted.
 */
function unreadOf(n: number, { readN, unreadFrom }: Membership, { begins }: RoomItem): number {
  const seen = Math.max(Math.min(readN, unreadFrom?.n ?? n), begins?.n ?? 0);
  return Math.max(0, n - seen);
}

/** Positions of unread mentions, by room. */
async function mentionsIn(
  listed: readonly Membership[],
  user: string,
  ports: HelloPorts,
): Promise<Map<string, number[]>> {
  const known = new Map(listed.map((membership) => [membership.room, membership]));
  const { unread } = await unreadMentions(ports, user, {
    limit: limits.mentionsCounted,
    membershipOf: async (room) => known.get(room) ?? "not asked",
  });
  const positions = new Map<string, number[]>();
  for (const { room, seq } of unread) {
    positions.set(room, [...(positions.get(room) ?? []), seq]);
  }
  return positions;
}

/** Whose invitations they are, and to what. */
async function invitationsTo(
  user: string,
  { memberships, log }: HelloPorts,
): Promise<ServerFrame<"welcome">["invitations"]> {
  const found = await memberships.listInvitations(user, limits.welcomeInvitations);
  return mapInFlight(found, headsInFlight, async ({ room, invitedBy, joinedAtMs }) => {
    const { title } = (await log.tail(room, 1)).room;
    const by = invitedBy !== undefined && { by: invitedBy };
    return { room, ...by, ...(title && { title }), atMs: joinedAtMs };
  });
}
