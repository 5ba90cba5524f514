/**
 * How a room is shown to me, on all of my devices: what notifies me, whether it is hidden, and from
 * where on it is marked as unread. The read position never goes back for a mark.
 *
 * A direct room is hidden up to its head, so any new message shows it again and no message writes
 * anything for that. Other rooms stay hidden until I show them: somebody who hides a busy one does
 * not want it back with the next message.
 */

import type { Membership, PreferencesChange } from "../../model.ts";
import type { Memberships, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { directUsers, parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { headOf } from "../messages/append.ts";
import { publishToUser } from "../publish.ts";
import { requireMember } from "../rooms/membership.ts";
import type { RoomCaller } from "../rooms/standing.ts";

type PreferencesPorts = PublishPorts & Pick<Ports, "log"> & { memberships: Memberships };

/**
 * @throws ChatError `not_member`, `forbidden`, `bad_request` (no event to read there), `conflict`
 * (a direct room without a message)
 */
export async function preferences(
  frame: ClientFrame<"preferences">,
  { user, connection }: RoomCaller,
  ports: PreferencesPorts,
): Promise<ServerFrame<"preferences">> {
  const { room: name, notify, hidden } = frame;
  const room = parseRoom(name);
  const { fromSeq } = await requireMember(ports, room, user);
  const { seq } = headOf((await ports.log.tail(name, 1)).events);
  const unread = await markOf(frame, fromSeq, ports);
  const kept = await ports.memberships.prefer(user, name, {
    ...(notify !== undefined && { notify: notify === "all" ? null : notify }),
    ...(hidden !== undefined && { hiddenAt: hidden ? seq : null }),
    ...(unread !== undefined && { unreadFrom: unread }),
  });
  if (kept === undefined) {
    await requireMember(ports, room, user); // somebody may have left meanwhile
    throw new ChatError("conflict", "nothing was said in the room yet");
  }
  const shown = { type: "preferences", room: name, ...shownPreferences(kept, seq) } as const;
  await publishToUser(ports, user, shown, { connection });
  return shown;
}

/** The preferences that were set, as a client is told them. `headSeq` is the room's. */
export function shownPreferences(
  { room, notify, hiddenAt, unreadFrom }: Membership,
  headSeq: number,
): Pick<ServerFrame<"preferences">, "notify" | "hidden" | "unreadFrom"> {
  const isShownAgain = directUsers(room) !== undefined && headSeq > (hiddenAt ?? 0);
  return {
    ...(notify && { notify }),
    ...(hiddenAt !== undefined && !isShownAgain && { hidden: true }),
    ...(unreadFrom && { unreadFrom: unreadFrom.seq }),
  };
}

/** Where the mark is to be; null takes it away. */
async function markOf(
  { room, unreadFrom: seq }: ClientFrame<"preferences">,
  fromSeq: number | undefined,
  { log }: Pick<Ports, "log">,
): Promise<PreferencesChange["unreadFrom"]> {
  if (seq === undefined) return undefined;
  if (seq === 0) return null;
  const event = seq < (fromSeq ?? 0) ? undefined : await log.find(room, seq);
  if (event === undefined) {
    throw new ChatError("bad_request", "there is no event at unreadFrom for you");
  }
  return { seq, n: event.kind === "message" ? event.n - 1 : event.n };
}
