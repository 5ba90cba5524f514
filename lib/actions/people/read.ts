/**
 * Move a user's read position forward. It is stored before anybody is told; killed in between, the
 * user's other connections learn it at their next hello. A position that is not ahead of the stored
 * one changes and tells nothing: the reply then says where the position is.
 */

import type { ConnectedCaller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { limits } from "../../protocol/limits.ts";
import { directUsers } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import { type PublishPorts, publish, publishHint } from "../../pubsub/publish.ts";
import { userTopic } from "../../pubsub/topics.ts";
import { assertMember } from "../rooms/access.ts";
import { assertBelongs } from "../rooms/belonging.ts";

export type ReadPorts = PublishPorts & Pick<Ports, "log" | "memberships">;

/** @throws ChatError `not_member`, `forbidden`, `bad_request` (beyond the head) */
export async function read(
  { room, seq }: ClientFrame<"read">,
  caller: ConnectedCaller,
  ports: ReadPorts,
): Promise<ServerFrame<"read">> {
  const { user, connection } = caller;
  await assertBelongs(ports, "read", room, user);
  const event = seq === 0 ? { n: 0 } : await ports.log.find(room, seq);
  if (event === undefined) {
    const message = `unable to mark ${room} as read; seq is beyond the head of the room`;
    throw new ChatError("bad_request", message);
  }
  const { n } = event;
  if (!(await ports.memberships.moveRead(user, room, { seq, n }))) {
    const kept = await ports.memberships.find(user, room);
    const isMember = kept !== undefined || directUsers(room) !== undefined;
    assertMember("read", room, user, isMember); // a public room may be left meanwhile
    return { type: "read", room, user, seq: kept?.readSeq ?? 0, n: kept?.readN ?? 0 };
  }

  const frame = { type: "read", room, user, seq, n } as const;
  const withinMs = limits.awaitedPublishMs;
  const exceptConnection = connection.connectionId;
  await Promise.all([
    publish(ports, [userTopic(user)], frame, { exceptConnection, withinMs }),
    publishHint(ports, user, room, frame),
  ]);
  return frame;
}
