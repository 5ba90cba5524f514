/**
 * Tell a client who it is, what it may do, and where something is new: its rooms with their heads
 * and read positions.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { ConnectedCaller, Membership } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { headOf } from "../messages/append.ts";

/** Heads read at once. A full page takes seven rounds of a few milliseconds each. */
const headsInFlight = 16;

export async function hello(
  frame: ClientFrame<"hello">,
  caller: ConnectedCaller,
  ports: Pick<Ports, "memberships" | "log">,
): Promise<ServerFrame<"welcome">> {
  const { user, connection, expiresAtMs } = caller;
  const found = await ports.memberships.list(user, frame.after, limits.welcomeRooms + 1);
  const listed = fitting(found.slice(0, limits.welcomeRooms));
  const rooms = await mapInFlight(listed, headsInFlight, async ({ room, readSeq, readN }) => {
    const newest = await ports.log.list(room, { limit: 1, order: "newest first" });
    const { seq, n, tag } = headOf(newest);
    // Who wrote the newest message has seen the room; sending does not write a read position.
    const unread = newest[0]?.from === user ? 0 : n - readN;
    return { room, seq, n, ...(tag !== undefined && { tag }), readSeq, unread };
  });
  const { frameBytes, textCharacters, historyLimit } = limits;
  return {
    type: "welcome",
    user,
    connectionId: connection.connectionId,
    protocol: 1,
    expiresAtMs,
    limits: { frameBytes, textCharacters, historyLimit },
    rooms,
    more: found.length > listed.length,
  };
}

/**
 * As many as fit into the frame with the largest numbers, so that no head is read for a room that
 * is then left out. A hundred rooms of ordinary names always fit.
 */
function fitting(memberships: Membership[]): Membership[] {
  const largest = Number.MAX_SAFE_INTEGER;
  const numbers = { seq: largest, n: largest, readSeq: largest, unread: largest };
  const entries = memberships.map(({ room }) => ({ room, ...numbers }));
  return memberships.slice(0, countThatFit(entries));
}
