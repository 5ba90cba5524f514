/**
 * Who is online in a room: a count over its subscriptions, and a lower bound once they are too many
 * to read for that.
 */
import { topicsOfRoom } from "../domain/topics.ts";
import type { Clock, Subscribers } from "../ports.ts";
import { limits } from "../protocol/limits.ts";
import { audienceOf } from "./audience.ts";

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
  let read = 0;
  let isComplete = true;
  for await (const page of audienceOf(ports, topicsOfRoom(room), limits.whoSubscriptions + 1)) {
    for (const { user, expiresAtMs } of page) {
      if (expiresAtMs > nowMs) counts.set(user, (counts.get(user) ?? 0) + 1);
    }
    read += page.length;
    isComplete = read <= limits.whoSubscriptions;
    if (!isComplete) break;
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return { connections: new Map(sorted), isComplete };
}
