/**
 * Stop being a member of a room, on every connection of the user.
 *
 * The membership goes first: a subscription that is being made meanwhile looks for it last, and
 * undoes itself. When `left` is sent no connection hears the room or looks at it any more, so
 * nothing that happens there later is pushed. All of it runs for a non-member too, so that a leave
 * that was killed half-way is completed by its retry.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { ConnectedCaller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { connectionsOf, userTopic } from "../../pubsub/topics.ts";
import { announceOffline } from "../connections/forget.ts";
import { type PublishPorts, publish } from "../publish.ts";
import { assertPublic } from "./membership.ts";
import { unsubscribeFromRoom } from "./subscribeToRoom.ts";

/** Connections of the user that are unsubscribed at once. */
const connectionsInFlight = 8;

export async function leave(
  frame: ClientFrame<"leave">,
  caller: ConnectedCaller,
  ports: PublishPorts & Pick<Ports, "memberships" | "connections" | "subscriptions">,
): Promise<ServerFrame<"left">> {
  const { user, connection } = caller;
  const room = parseRoom(frame.room);
  assertPublic("leave", room, user);
  await ports.memberships.remove(user, room.name);

  // A connection that is about to name the room looks for the membership afterwards; and who joins
  // again on another one while we are at it stays subscribed.
  const known = await connectionsOf(ports, user);
  const wereSubscribed = await mapInFlight(known, connectionsInFlight, (one) =>
    unsubscribeFromRoom(ports, one, room),
  );
  if (wereSubscribed.includes(true)) await announceOffline(ports, user, room.name);

  const left = { type: "left", room: room.name } as const;
  const selection = {
    exceptConnection: connection.connectionId,
    withinMs: limits.awaitedPublishMs,
  };
  await publish(ports, [userTopic(user)], left, selection);
  return left;
}
