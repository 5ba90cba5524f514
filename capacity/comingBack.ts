/** How fast a service lets people in again, whatever it was that cut everybody off. */
import { connectingUsage } from "./activities.ts";
import { assumptions, type Habits } from "./habits.ts";
import type { Measured } from "./measured.ts";
import { connectsPerSecond, type Peak, quotasOf, requestsPerSecond } from "./quotas.ts";
import type { Usage } from "./usage.ts";

/** To one account: the handshake, two frames, and what is posted because of them. */
export const requestsOf = ({ connects, framesIn, posts }: Usage): number =>
  connects + framesIn + posts;

/** Connections a second, with tables whose quotas were raised for the peak where it needs that. */
export function comebacksPerSecond(
  habits: Habits,
  measured: Measured,
  { peak, gateways }: { peak: Peak; gateways: number },
): number {
  const one = connectingUsage(habits, measured);
  const tables = quotasOf(measured).filter(({ per }) => per === "table");
  return Math.min(
    gateways * connectsPerSecond,
    (gateways * requestsPerSecond) / requestsOf(one),
    ...tables.map(({ most, load }) => {
      const raised = Math.max(most, load(peak) / assumptions.quotaShare);
      return raised / load({ ...peak, usage: one });
    }),
  );
}
