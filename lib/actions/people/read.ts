/**
 * Move a user's read position forward. It is stored before anybody is told; killed in between, the
 * user's other connections learn it at their next hello. A position that is not ahead of the stored
 * one takes away a mark as unread at or before it, and changes and tells nothing else: the reply
 * then says where the position is.
 */

import type { Caller, ConnectedCaller, Membership } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { publishHint, publishToUser } from "../publish.ts";
import { assertMember, requireMember } from "../rooms/membership.ts";
import { stateOf } from "../rooms/membershipSteps.ts";

type ReadPorts = PublishPorts & Pick<Ports, "log" | "memberships" | "rooms">;

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (beyond the head) */
export async function read(
  { room: name, seq }: ClientFrame<"read">,
  caller: Caller & Partial<ConnectedCaller>,
  ports: ReadPorts,
): Promise<ServerFrame<"read">> {
  const { user, connection } = caller;
  const room = parseRoom(name);
  await requireMember(ports, room, user);
  const event = seq === 0 ? { n: 0 } : await ports.log.find(name, seq);
  if (event === undefined) {
    throw new ChatError("bad_request", "seq is beyond the head of the room");
  }
  const { n } = event;
  if (!(await ports.memberships.moveRead(user, name, { seq, n }))) {
    const kept = await ports.memberships.find(user, name);
    const isMember = stateOf(kept) === "member" || room.users !== undefined;
    const none: Membership = { room: name, joinedAtMs: 0, readSeq: 0, readN: 0 };
    const position = isMember ? (kept ?? none) : undefined;
    assertMember(room, user, position); // a public room may be left meanwhile
    const { readSeq, readN, unreadFrom } = position;
    const there = { type: "read", room: name, user, seq: readSeq, n: readN } as const;
    const isSeen = unreadFrom !== undefined && unreadFrom.seq <= seq;
    if (isSeen && (await ports.memberships.takeMark(user, name, unreadFrom.seq))) {
      await publishToUser(ports, user, there, { connection });
    }
    return there;
  }

  const frame = { type: "read", room: name, user, seq, n } as const;
  await Promise.all([
    publishToUser(ports, user, frame, { connection }),
    publishHint(ports, room, frame, { exceptUser: user }),
  ]);
  return frame;
}
