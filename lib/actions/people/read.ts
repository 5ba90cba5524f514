/**
 * Move a user's read position forward. It is stored before anybody is told; killed in between, the
 * user's other connections learn it at their next hello. A position that is not ahead of the stored
 * one changes and tells nothing: the reply then says where the position is.
 */

import type { Caller, ConnectedCaller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { userTopic } from "../../pubsub/topics.ts";
import { type PublishPorts, publish, publishHint } from "../publish.ts";
import { assertMember, requireMember } from "../rooms/membership.ts";
import { stateOf } from "../rooms/membershipSteps.ts";

export type ReadPorts = PublishPorts & Pick<Ports, "log" | "memberships" | "rooms">;

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (beyond the head) */
export async function read(
  { room: name, seq }: ClientFrame<"read">,
  caller: Caller & Partial<ConnectedCaller>,
  ports: ReadPorts,
): Promise<ServerFrame<"read">> {
  const { user, connection } = caller;
  const room = parseRoom(name);
  await requireMember(ports, "read", room, user);
  const event = seq === 0 ? { n: 0 } : await ports.log.find(name, seq);
  if (event === undefined) {
    const message = `unable to mark ${name} as read; seq is beyond the head of the room`;
    throw new ChatError("bad_request", message);
  }
  const { n } = event;
  if (!(await ports.memberships.moveRead(user, name, { seq, n }))) {
    const kept = await ports.memberships.find(user, name);
    const isMember = stateOf(kept) === "member" || room.users !== undefined;
    const none = { room: name, joinedAtMs: 0, readSeq: 0, readN: 0 };
    const position = isMember ? (kept ?? none) : undefined;
    assertMember("read", room, user, position); // a public room may be left meanwhile
    return { type: "read", room: name, user, seq: position.readSeq, n: position.readN };
  }

  const frame = { type: "read", room: name, user, seq, n } as const;
  await Promise.all([
    publish(ports, [userTopic(user)], frame, {
      ...(connection && { exceptConnection: connection.connectionId }),
      withinMs: limits.awaitedPublishMs,
    }),
    publishHint(ports, room, frame, { exceptUser: user }),
  ]);
  return frame;
}
