/**
 * Who is online in a room: a count over its subscriptions, and a lower bound once they are too many
 * to read for that.
 */
import type { Clock, Subscribers } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { someAudience } from "../../pubsub/audience.ts";

export interface Online {
  /** Connections of each user, by user in code-unit order. */
  connections: Map<string, number>;
  /** Whether everybody was counted. */
  isComplete: boolean;
}

export async function onlineIn(
  ports: { subscriptions: Subscribers; clock: Clock },
  room: string,
): Promise<Online> {
  const nowMs = ports.clock.nowMs();
  const counts = new Map<string, number>();
  const { found, isAll } = await someAudience(ports, room, limits.whoSubscriptions);
  for (const { user, expiresAtMs } of found) {
    if (expiresAtMs > nowMs) counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return { connections: new Map(sorted), isComplete: isAll };
}
