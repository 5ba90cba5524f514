/**
 * Events by their positions, as they are now: for quotes, pins, and what a client holds of a room
 * when it is told of a change. Positions that are not there, or not for this reader, are left out.
 * So is what does not fit the frame: the client asks for the rest.
 */
import type { Caller } from "../../model.ts";
import type { Memberships, Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { countThatFit } from "../../protocol/frameSize.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { requireMember } from "../rooms/membership.ts";
import { withNow } from "./present.ts";

/** @throws ChatError `not_member`, `forbidden` */
export async function events(
  { room, seqs }: ClientFrame<"events">,
  caller: Caller,
  ports: Pick<Ports, "log"> & { memberships: Pick<Memberships, "find"> },
): Promise<ServerFrame<"events">> {
  const { fromSeq = 1 } = await requireMember(ports, parseRoom(room), caller.user);
  const wanted = seqs.filter((seq) => seq >= fromSeq);
  const found = await withNow(ports.log, room, await ports.log.findAll(room, wanted), { fromSeq });
  return { type: "events", room, events: found.slice(0, countThatFit(found)) };
}
