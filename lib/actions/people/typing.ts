/**
 * Tell those who look at a room that somebody is typing, or stopped. Nothing is stored and
 * nothing is promised, and clients send it at every other key: most are not passed on, and it is
 * answered only when it has an `id`, though always refused aloud.
 */

import type { ConnectedCaller } from "../../model.ts";
import type { Ports } from "../../ports.ts";
import type { ClientFrame } from "../../protocol/clientFrames.ts";
import { parseRoom } from "../../protocol/names.ts";
import type { ServerFrame } from "../../protocol/serverFrames.ts";
import type { PublishPorts } from "../../pubsub/deliver.ts";
import { publishHint } from "../publish.ts";
import { requireMember } from "../rooms/membership.ts";
import { assertNotMuted } from "../rooms/rights.ts";

/** @throws ChatError `not_member`, `forbidden`, `muted` */
export async function typing(
  { id, room: name, on }: ClientFrame<"typing">,
  { user }: ConnectedCaller,
  ports: PublishPorts & Pick<Ports, "memberships" | "rooms" | "typingPace">,
): Promise<ServerFrame<"typing"> | undefined> {
  const room = parseRoom(name);
  const { mutedUntilMs } = await requireMember(ports, room, user);
  assertNotMuted(mutedUntilMs, ports.clock.nowMs());
  const frame = { type: "typing", room: name, user, on } as const;
  if (ports.typingPace.pass(user, name, on, ports.clock.nowMs())) {
    await publishHint(ports, room, frame, { exceptUser: user });
  }
  return id === undefined ? undefined : frame;
}
