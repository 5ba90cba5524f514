/**
 * Who is online in a room, as one of its members is shown it. In a direct room a member sees only
 * themself until the two are acquainted, so nobody learns when a stranger is online, or on how many
 * devices. Both are read for either answer, so that its time tells nothing either.
 */
import type { Clock } from "../../ports.ts";
import type { Room } from "../../protocol/names.ts";
import type { Subscribers } from "../../subscriptionPorts.ts";
import { type AcquaintedPorts, areAcquainted } from "./acquainted.ts";
import { type Online, onlineIn } from "./presence.ts";

export type OnlineToPorts = AcquaintedPorts & { subscriptions: Subscribers; clock: Clock };

export async function onlineTo(
  ports: OnlineToPorts,
  room: Room,
  { user: me }: { user: string },
): Promise<Online> {
  const [found, isShown] = await Promise.all([onlineIn(ports, room), areAcquainted(ports, room)]);
  return isShown ? found : { ...found, online: found.online.filter(({ user }) => user === me) };
}
