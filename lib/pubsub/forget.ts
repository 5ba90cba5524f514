/**
 * Forget a connection: one idempotent routine for `$disconnect`, for a post that was answered
 * "gone" and for an expired subscription. The connection item goes last, and only while it still
 * names exactly the topics that were cleaned up, because it is what names the rest: killed
 * anywhere, the next attempt finds what is left.
 */
import { mapInFlight } from "../concurrency.ts";
import type { Subscription } from "../domain/model.ts";
import { topicRoom } from "../domain/topics.ts";
import type { KnownConnections, Subscribers } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import { onePageOf, smallAudience } from "./audience.ts";
import { type DeliverPorts, deliver } from "./deliver.ts";

export type ForgetPorts = DeliverPorts & {
  connections: KnownConnections;
  subscriptions: Subscribers;
};

/** Forget a connection and tell its rooms, where it was its user's last one there. */
export async function forget(ports: ForgetPorts, connectionId: string): Promise<void> {
  const erased = await erase(ports, connectionId);
  for (const topic of erased?.topics ?? []) {
    const room = topicRoom(topic);
    if (erased && room !== undefined) await announceOffline(ports, erased.user, room);
  }
}

/** Connections forgotten at once. */
const forgetsInFlight = 8;

/**
 * Forget whoever a delivery found gone, first the very subscription that answered. Past the
 * deadline the rest stays for the next delivery to find.
 */
export async function forgetGone(
  ports: ForgetPorts,
  gone: readonly Subscription[],
  deadlineMs: number,
): Promise<void> {
  await mapInFlight(gone, forgetsInFlight, async ({ topic, connectionId }) => {
    if (ports.clock.nowMs() >= deadlineMs) return;
    await ports.subscriptions.remove(topic, connectionId);
    await forget(ports, connectionId);
  });
}

/**
 * Tell a room that a user has no connection left in it; nothing when there is one, or the room is
 * large.
 */
export async function announceOffline(
  ports: ForgetPorts,
  user: string,
  room: string,
): Promise<void> {
  // Taken before the list: whoever comes back after it has a later time, and the newest wins.
  const atMs = ports.clock.nowMs();
  const audience = await smallAudience(ports, room);
  const isStillThere = (other: Subscription) => other.user === user && other.expiresAtMs > atMs;
  if (audience === undefined || audience.some(isStillThere)) return;
  const frame = { type: "presence", room, user, online: false, atMs } as const;
  const { gone } = await deliver(ports, onePageOf(audience), frame, {
    exceptUser: user,
    withinMs: limits.awaitedPublishMs,
  });
  // Silently: presence because of presence would never end.
  for (const { topic, connectionId } of gone) {
    await ports.subscriptions.remove(topic, connectionId);
    await erase(ports, connectionId);
  }
}

/**
 * Each further round means that the connection subscribed to something meanwhile: it cannot go on
 * for long.
 */
const eraseRounds = 10;

async function erase(
  ports: Pick<ForgetPorts, "connections" | "subscriptions">,
  connectionId: string,
): Promise<{ user: string; topics: string[] } | undefined> {
  for (let round = 0; round < eraseRounds; round += 1) {
    const known = await ports.connections.find(connectionId);
    if (known === undefined) return undefined;
    const { connection, topics, revision } = known;
    for (const topic of topics) await ports.subscriptions.remove(topic, connectionId);
    if (await ports.connections.remove(connectionId, revision)) {
      return { user: connection.user, topics };
    }
  }
  throw new Error(`connection ${connectionId} gained topics in ${eraseRounds} rounds`);
}
