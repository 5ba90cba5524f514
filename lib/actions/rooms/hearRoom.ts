/** Let the caller's connection hear a room that its user has just come into. */
import type { Caller, KnownConnection } from "../../model.ts";
import type { Room } from "../../protocol/names.ts";
import { assertHeard, type SubscribeToRoomPorts, subscribeToRooms } from "./subscribeToRoom.ts";

/**
 * `known` is none over HTTP.
 * @throws ChatError `not_member`, `forbidden` (too many rooms on one connection); ConnectionEnded
 * `forgotten`
 */
export async function hearRoom(
  ports: SubscribeToRoomPorts,
  caller: Caller,
  known: KnownConnection | undefined,
  room: Room,
): Promise<void> {
  if (known === undefined) return;
  const subscribed = await subscribeToRooms(ports, caller, known, [room]);
  assertHeard(subscribed.get(room) ?? "refused");
}
