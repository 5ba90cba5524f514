/**
 * Stop being a member of a room, on every connection of the user.
 *
 * The membership goes first: a subscription that is being made meanwhile looks for it last, and
 * undoes itself. When `left` is sent no connection is subscribed any more, so nothing appended
 * later is pushed. All of it runs for a non-member too, so that a leave that was killed half-way is
 * completed by its retry.
 */
import { mapInFlight } from "../../concurrency.ts";
import type { ConnectedCaller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { announceOffline } from "../../pubsub/forget.ts";
import { type PublishPorts, publish } from "../../pubsub/publish.ts";
import { unsubscribe } from "../../pubsub/subscribe.ts";
import { firstShard, roomTopic, userTopic } from "../../pubsub/topics.ts";
import { assertPublic } from "./access.ts";
import { isMemberOf } from "./subscribeToRoom.ts";

/** Connections of the user that are unsubscribed at once. */
const connectionsInFlight = 8;

export async function leave(
  { room }: ClientFrame<"leave">,
  caller: ConnectedCaller,
  ports: PublishPorts & Pick<Ports, "memberships" | "connections" | "subscriptions">,
): Promise<ServerFrame<"left">> {
  const { user, connection } = caller;
  assertPublic("leave", room, user);
  await ports.memberships.remove(user, room);

  // Who joins again on another connection while we are at it stays subscribed.
  const isMember = isMemberOf(ports, user, room);
  const topic = roomTopic(room);
  const ids: string[] = [];
  for await (const page of ports.subscriptions.listShard(userTopic(user), firstShard)) {
    ids.push(...page.map(({ connectionId }) => connectionId));
  }
  const known = await ports.connections.findAll(ids);
  // A connection that is about to name the room looks for the membership afterwards.
  const hearing = known.filter(({ topics }) => topics.has(topic));
  const wereSubscribed = await mapInFlight(hearing, connectionsInFlight, ({ connection }) =>
    unsubscribe(ports, connection.connectionId, topic, isMember),
  );
  if (wereSubscribed.includes(true)) await announceOffline(ports, [user], room);

  const left = { type: "left", room } as const;
  const selection = {
    exceptConnection: connection.connectionId,
    withinMs: limits.awaitedPublishMs,
  };
  await publish(ports, [userTopic(user)], left, selection);
  return left;
}
