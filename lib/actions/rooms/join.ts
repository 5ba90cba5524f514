/**
 * Become a member of a public room, which its first member brings into being, and hear it on this
 * connection.
 *
 * The membership is stored before the subscription, which is only kept for a member. Killed in
 * between, the user is a member who does not hear the room yet; joining again, or a sync, completes
 * it. The user's other connections are told, so that they can sync too.
 */

import type { ConnectedCaller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { sayConfirmed } from "../../pubsub/subscribe.ts";
import { roomTopic, userTopic } from "../../pubsub/topics.ts";
import { headOf } from "../messages/append.ts";
import { onlineIn } from "../people/presence.ts";
import { publish } from "../publish.ts";
import { assertPublic } from "./membership.ts";
import {
  assertCanHear,
  assertHeard,
  getConnection,
  type SubscribeToRoomPorts,
  subscribeToRooms,
} from "./subscribeToRoom.ts";

export async function join(
  frame: ClientFrame<"join">,
  caller: ConnectedCaller,
  ports: SubscribeToRoomPorts & Pick<Ports, "log">,
): Promise<ServerFrame<"joined">> {
  const { user, connection } = caller;
  const room = parseRoom(frame.room);
  assertPublic("join", room, user);
  const [newest, known] = await Promise.all([
    ports.log.list(room.name, { limit: 1, order: "newest first" }),
    getConnection(ports, connection.connectionId),
  ]);
  assertCanHear(known, roomTopic(room.name));
  const { seq, n, tag } = headOf(newest);
  const joinedAtMs = ports.clock.nowMs();
  await ports.memberships.add(user, { room: room.name, joinedAtMs, readSeq: seq, readN: n });
  // Not from what was known: a leave on another device may have come before the membership.
  const subscribed = await subscribeToRooms(ports, caller, known, [room]);
  const confirmed = assertHeard("subscribe to", room, subscribed.get(room) ?? "refused");
  await sayConfirmed(ports, connection.connectionId, [confirmed]);

  const online = (await onlineIn(ports, room)).online.length;
  const head = { seq, n, ...(tag !== undefined && { tag }) };
  const joined = { type: "joined", room: room.name, ...head, online } as const;
  const selection = {
    exceptConnection: connection.connectionId,
    withinMs: limits.awaitedPublishMs,
  };
  await publish(ports, [userTopic(user)], joined, selection);
  return joined;
}
