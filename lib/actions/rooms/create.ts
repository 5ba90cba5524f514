/**
 * Make a room, with the caller as its owner and first member.
 *
 * The room comes first, then the membership, the subscription and the invitations. Killed behind
 * the room, its owner can join it, because an owner always can. Of a public one a retry says
 * `conflict`. A private one with a `cid` has a name that is made of its user and that: its retry
 * finds the room, and does what is left to do, for as long as the user is an owner of it.
 */
import type { Head, RoomItem } from "../../model.ts";
import type { Memberships, Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { roomTopic } from "../../pubsub/topics.ts";
import { assertAllowance } from "../allowance.ts";
import { headOf } from "../messages/append.ts";
import { hasBlocked } from "../people/blocked.ts";
import { hearRoom } from "./hearRoom.ts";
import { inviteUser } from "./invite.ts";
import { assertPublic } from "./membership.ts";
import { assertNotReserved } from "./reserved.ts";
import type { RoomCaller } from "./standing.ts";
import { assertCanHear, getConnection, type SubscribeToRoomPorts } from "./subscribeToRoom.ts";
import { takeStep } from "./takeStep.ts";

type CreatePorts = SubscribeToRoomPorts &
  Pick<Ports, "rooms" | "log" | "newMark" | "newPrivateRoom" | "allowance" | "isReserved"> & {
    memberships: Memberships;
  };

/**
 * @throws ChatError `conflict` (there is such a room), `forbidden` (a direct or reserved name),
 * `rate_limited`
 */
export async function create(
  frame: ClientFrame<"create">,
  caller: RoomCaller,
  ports: CreatePorts,
): Promise<ServerFrame<"created">> {
  const { visibility, title, topic, invite: invitees = [], cid } = frame;
  const { user, connection } = caller;
  const request = cid === undefined ? undefined : { user, cid };
  const room = parseRoom(frame.room ?? ports.newPrivateRoom(request));
  assertPublic(room, user);
  assertNotReserved(room, caller, ports);
  const [known, there] = await Promise.all([
    connection && getConnection(ports, connection.connectionId),
    request && ports.rooms.find(room.name),
    frame.room !== undefined && assertIsNew(frame.room, ports),
  ]);
  if (known) assertCanHear(known, roomTopic(room.name));
  const others = [...new Set(invitees)].filter((invitee) => invitee !== user);
  const isNew = !there?.rev;
  if (isNew) {
    await assertAllowance(ports, caller, "rooms");
    await assertAllowance(ports, caller, "invitations", others.length);
  }
  const isMade =
    isNew &&
    (await ports.rooms.change(room.name, {
      fromRev: 0,
      mark: ports.newMark(),
      visibility,
      owners: [user],
      ...(title && { title }),
      ...(topic && { topic }),
    }));
  if (!isMade && request === undefined) throw isThere();
  const made = isMade ? undefined : await ownRoom(room.name, user, ports);
  const shown = made?.item.title ?? title;
  const head = made?.head ?? { seq: 0, n: 0 };
  const nowMs = ports.clock.nowMs();
  await takeStep(ports, { user, room: room.name, step: "return" }, { nowMs, head });
  await hearRoom(ports, caller, known, room);
  for (const invitee of others) {
    if (await hasBlocked(ports, invitee, user)) continue;
    await inviteUser(ports, room.name, invitee, user, shown);
  }
  return {
    type: "created",
    room: room.name,
    ...(shown && { title: shown }),
    visibility,
    role: "owner",
    ...{ seq: head.seq, n: head.n, rev: made?.item.rev ?? 1 },
    ...(made && { duplicate: true }),
  };
}

/** The room of a request that was sent again. @throws ChatError `conflict` (no owner any more) */
async function ownRoom(
  room: string,
  user: string,
  { log }: Pick<Ports, "log">,
): Promise<{ item: RoomItem; head: Head }> {
  const { room: item, events } = await log.tail(room, 1);
  if (!item.owners.includes(user)) throw isThere();
  return { item, head: headOf(events) };
}

/** The name of a private room is the service's to give, whether there is such a room or not. */
async function assertIsNew(room: string, { log }: Pick<Ports, "log">): Promise<void> {
  if (parseRoom(room).isPrivate) {
    throw new ChatError("forbidden", "only the service makes names of private rooms");
  }
  const tail = await log.tail(room, 1);
  if (tail.events.length > 0 || tail.room.rev > 0) throw isThere();
}

function isThere(): ChatError {
  return new ChatError("conflict", "there is such a room");
}
