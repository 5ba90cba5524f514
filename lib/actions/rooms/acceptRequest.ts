/**
 * Take messages from a stranger: one conditional write makes a membership of the invitation. From
 * then on every connection of the user hears the room, without subscribing. The sender is not told.
 * Who is a member already is answered as before, so that a retry is too.
 */

import type { Clock, MessageLog } from "../../ports.ts";
import type { Room } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { headOf } from "../messages/append.ts";
import { type OnlineToPorts, onlineTo } from "../people/onlineTo.ts";
import { publishToUser } from "../publish.ts";
import { assertNotOthersRoom, assertPublic } from "./membership.ts";
import type { RoomCaller } from "./standing.ts";
import { type StepPorts, takeStep } from "./takeStep.ts";

type AcceptPorts = PublishPorts &
  OnlineToPorts &
  StepPorts & { log: Pick<MessageLog, "tail">; clock: Clock };

/** @throws ChatError `forbidden` (no request was ever made), `not_member` (it was declined) */
export async function acceptRequest(
  room: Room,
  caller: RoomCaller,
  ports: AcceptPorts,
): Promise<ServerFrame<"joined">> {
  const { user, connection } = caller;
  assertNotOthersRoom(room, user);
  const [tail, before] = await Promise.all([
    ports.log.tail(room.name, 1),
    ports.memberships.find(user, room.name),
  ]);
  if (before === undefined) assertPublic(room, user);
  const head = headOf(tail.events);
  const step = { user, room: room.name, step: "accept" } as const;
  await takeStep(ports, step, { nowMs: ports.clock.nowMs(), head });
  const { seq, n, tag } = head;
  const online = (await onlineTo(ports, room, caller)).online.length;
  const joined = {
    type: "joined",
    room: room.name,
    ...{ seq, n, ...(tag !== undefined && { tag }), online },
  } as const;
  await publishToUser(ports, user, joined, { connection });
  return joined;
}
