/**
 * How full gateways are, as far as one function instance knows. Counting a gateway's connections
 * costs reads in proportion to them, so a count is kept for as long as it takes to fill the gateway
 * up: none takes more than `limits.connectsPerSecond` new connections (AWS), whoever sends them.
 * Whoever was sent there since the count is added to it, for they are on their way.
 *
 * Best effort: instances do not know of each other, and somebody who was sent need not come. A
 * count that is due corrects either.
 */
import { limits } from "../protocol/limits.ts";

export interface Occupancy {
  /** Whether the gateway must be counted before anything can be said of it. */
  isDue(name: string, nowMs: number): boolean;
  /** A count begins. Call what is returned with its result. */
  counting(name: string): (connections: number, capacity: number, nowMs: number) => void;
  /** Send one more user to the gateway, unless it is full: then false. */
  take(name: string, capacity: number): boolean;
}

export function occupancy(): Occupancy {
  const known = new Map<string, { connections: number; dueAtMs: number }>();
  /** Users who were sent to each gateway, ever. */
  const sent = new Map<string, number>();
  const sentTo = (name: string) => sent.get(name) ?? 0;
  return {
    isDue: (name, nowMs) => nowMs >= (known.get(name)?.dueAtMs ?? 0),
    counting(name) {
      const sentBefore = sentTo(name);
      return (connections, capacity, nowMs) => {
        const dueAtMs = nowMs + countKeptMs(capacity, connections);
        // Relative to all who were sent: those of before the count are in it, the others are not.
        known.set(name, { connections: connections - sentBefore, dueAtMs });
      };
    },
    take(name, capacity) {
      const counted = known.get(name)?.connections ?? 0;
      if (counted + sentTo(name) >= capacity) return false;
      sent.set(name, sentTo(name) + 1);
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
