/** Who has read a room up to a position. Sending moves nobody's read position. */
import type { Caller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { requireMember } from "../rooms/membership.ts";
import { readsIn } from "./readsIn.ts";

/**
 * @throws ChatError `not_member`, `forbidden` (more than 50 members), `bad_request` (nothing at
 * this position)
 */
export async function readers(
  { room: name, seq }: ClientFrame<"readers">,
  { user }: Caller,
  ports: Pick<Ports, "log" | "memberships" | "rooms">,
): Promise<ServerFrame<"readers">> {
  const room = parseRoom(name);
  const { fromSeq = 0 } = await requireMember(ports, room, user);
  const reads = await readsIn(ports, room);
  if (reads === undefined) {
    throw new ChatError("forbidden", `the room has more than ${limits.readersShown} members`);
  }
  const isThere = seq >= fromSeq && (await ports.log.find(name, seq)) !== undefined;
  if (!isThere) {
    throw new ChatError("bad_request", "nothing is at seq");
  }
  return { type: "readers", room: name, seq, readers: reads.filter((read) => read.seq >= seq) };
}
