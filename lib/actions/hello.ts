/**
 * Tell a client who it is, what it may do, and where something is new: its rooms with their heads
 * and read positions.
 */
import { mapInFlight } from "../concurrency.ts";
import { headOf } from "../domain/append.ts";
import type { ConnectedCaller } from "../domain/model.ts";
import type { Ports } from "../ports.ts";
import type { ClientFrame } from "../protocol/clientFrames.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";

/** Heads read at once. A full page takes seven rounds of a few milliseconds each. */
const headsInFlight = 16;

export async function hello(
  frame: ClientFrame<"hello">,
  caller: ConnectedCaller,
  ports: Pick<Ports, "memberships" | "log">,
): Promise<ServerFrame<"welcome">> {
  const { user, connection, expiresAtMs } = caller;
  const found = await ports.memberships.list(user, frame.after, limits.welcomeRooms + 1);
  const listed = found.slice(0, limits.welcomeRooms);
  const rooms = await mapInFlight(listed, headsInFlight, async ({ room, readSeq, readN }) => {
    const { seq, n } = headOf(await ports.log.list(room, { limit: 1, order: "newest first" }));
    return { room, seq, n, readSeq, unread: n - readN };
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
