/**
 * Let a user who is no member any more hear a room, and look at it, on none of their connections:
 * for `leave`, `kick` and `ban`, behind the membership. When it is done, nothing that happens in
 * the room later is pushed to them. Done again, it completes what was killed half-way.
 */

import { mapInFlight } from "../../concurrency.ts";
import type { Ports } from "../../ports.ts";
import type { Room } from "../../protocol/names.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { connectionsOf } from "../../pubsub/topics.ts";
import { announceOffline } from "../connections/forget.ts";
import { unsubscribeFromRoom } from "./subscribeToRoom.ts";

/** Connections of the user that are unsubscribed at once. */
const connectionsInFlight = 8;

export type UnsubscribeUserPorts = PublishPorts &
  Pick<Ports, "memberships" | "connections" | "subscriptions">;

export async function unsubscribeUser(
  ports: UnsubscribeUserPorts,
  user: string,
  room: Room,
): Promise<void> {
  // A connection that is about to name the room looks for the membership afterwards. A user who
  // joins again on another connection meanwhile stays subscribed there.
  const known = await connectionsOf(ports, user);
  const wereSubscribed = await mapInFlight(known, connectionsInFlight, (one) =>
    unsubscribeFromRoom(ports, one, room),
  );
  if (wereSubscribed.includes(true)) await announceOffline(ports, user, room.name);
}
