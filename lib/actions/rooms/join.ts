/**
 * Become a member of a public room, which its first member brings into being, or of a room that one
 * is invited to; and hear it on this connection. In a direct room it accepts a message request.
 *
 * The membership is stored before the subscription, which is only kept for a member. Killed in
 * between, the user is a member who does not hear the room yet; joining again, or a sync, completes
 * it. The user's other connections are told, so that they can sync too.
 */
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { roomTopic } from "../../pubsub/topics.ts";
import { assertAllowance } from "../allowance.ts";
import { headOf } from "../messages/append.ts";
import { onlineIn } from "../people/presence.ts";
import { publishToUser } from "../publish.ts";
import { acceptRequest } from "./acceptRequest.ts";
import { hearRoom } from "./hearRoom.ts";
import { stateOf } from "./membershipSteps.ts";
import { type RecordPorts, record } from "./record.ts";
import { assertNotReserved } from "./reserved.ts";
import { titleOf } from "./rights.ts";
import { isLedBy, type RoomCaller } from "./standing.ts";
import { assertCanHear, getConnection, type SubscribeToRoomPorts } from "./subscribeToRoom.ts";
import { takeStep } from "./takeStep.ts";

/** @throws ChatError `not_member`, `banned`, `closed`, `forbidden` (a direct or reserved room) */
export async function join(
  frame: ClientFrame<"join">,
  caller: RoomCaller,
  ports: SubscribeToRoomPorts & RecordPorts & Pick<Ports, "newMark" | "isReserved" | "allowance">,
): Promise<ServerFrame<"joined">> {
  const { user, connection } = caller;
  const room = parseRoom(frame.room);
  const topic = roomTopic(room.name);
  if (room.users) return acceptRequest(room, caller, ports);
  const [tail, before, known] = await Promise.all([
    ports.log.tail(room.name, 1),
    ports.memberships.find(user, room.name),
    connection && getConnection(ports, connection.connectionId),
  ]);
  const { room: item } = tail;
  if (known) assertCanHear(known, topic);
  const isOwner = item.owners.includes(user);
  const leads = isOwner || isLedBy(caller, room, item);
  const isStranger = stateOf(before) !== "member" && !leads;
  if (item.closed && isStranger && !room.isPrivate) {
    throw new ChatError("closed", "the room is closed");
  }
  const isThere = item.rev > 0 || tail.events.length > 0;
  if (isStranger && !isThere) assertNotReserved(room, caller, ports);
  if (isStranger) await assertAllowance(ports, caller, "joins");
  let head = headOf(tail.events);
  const isCut = item.history === "since_join" && !leads;
  const since: { fromSeq?: number } = isCut ? { fromSeq: head.seq + 1 } : {};
  const step = leads ? "return" : room.isPrivate ? "accept" : "join";
  const stepped = await takeStep(
    ports,
    { user, room: room.name, step },
    { nowMs: ports.clock.nowMs(), head, ...since },
  );
  if (stepped.isChange && room.isPrivate) {
    head = await record(ports, room, caller, { kind: "member", user, change: "joined" });
  }
  // Not from what was known: a leave on another device may have come before the membership.
  await hearRoom(ports, caller, known, room);

  const kept = stepped.isChange ? undefined : stepped.before;
  const from = stepped.isChange ? since.fromSeq : kept?.fromSeq;
  const { seq, n, tag } = head;
  const online = (await onlineIn(ports, room)).online.length;
  const joined = {
    type: "joined",
    room: room.name,
    ...{ seq, n, ...(tag !== undefined && { tag }), online },
    ...(item.title && { title: item.title }),
    ...titleOf(isOwner ? "owner" : (kept?.role ?? "member")),
    ...(from !== undefined && { from }),
  } as const;
  await publishToUser(ports, user, joined, { connection });
  return joined;
}
