/**
 * How full gateways are, as far as one function instance knows. Counting a gateway's connections
 * costs reads in proportion to them, so a count is kept for as long as it takes to fill the gateway
 * up: none takes more than `limits.connectsPerSecond` new connections (AWS), from all senders.
 * Users who were sent there since the count are added to it, for they are on their way. Each counts
 * once, however often they ask: nobody can fill a gateway by asking for it.
 *
 * Best effort: instances do not know of each other, and somebody who was sent need not come. A
 * count that is due corrects either.
 */
import { limits } from "../../protocol/limits.ts";

export interface Occupancy {
  /** Whether the gateway must be counted before anything can be said of it. */
  isDue(name: string, nowMs: number): boolean;
  /** A count begins. Call what is returned with its result. */
  counting(name: string): (connections: number, capacity: number, nowMs: number) => void;
  /** Send a user to the gateway, unless it is full of others: then false. */
  take(name: string, capacity: number, user: string): boolean;
}

export function occupancy(): Occupancy {
  const known = new Map<string, { connections: number; dueAtMs: number }>();
  /** By gateway, the users who were sent there since its last count began, and in which turn. */
  const sent = new Map<string, Map<string, number>>();
  const sentTo = (name: string) => sent.get(name) ?? new Map<string, number>();
  let turns = 0;
  return {
    isDue: (name, nowMs) => nowMs >= (known.get(name)?.dueAtMs ?? 0),
    counting(name) {
      const beganInTurn = turns;
      return (connections, capacity, nowMs) => {
        known.set(name, { connections, dueAtMs: nowMs + countKeptMs(capacity, connections) });
        // Users who were sent before the count began are in it, or did not come.
        const since = [...sentTo(name)].filter(([, turn]) => turn >= beganInTurn);
        sent.set(name, new Map(since));
      };
    },
    take(name, capacity, user) {
      const counted = known.get(name)?.connections ?? 0;
      const users = sentTo(name);
      if (!users.has(user) && counted + users.size >= capacity) return false;
      sent.set(name, users.set(user, turns));
      turns += 1;
      return true;
    },
  };
}

/** How long a count is good for: until the gateway can be full, within bounds. */
export function countKeptMs(capacity: number, connections: number): number {
  const fillMs = (free: number) => (free * 1_000) / limits.connectsPerSecond;
  const soonest = Math.max(limits.countKeptMsMin, fillMs(capacity * limits.overfullShare));
  return Math.min(limits.countKeptMsMax, Math.max(soonest, fillMs(capacity - connections)));
}
