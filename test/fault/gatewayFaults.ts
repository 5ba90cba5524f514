/**
 * What the gateway does to posts on a bad day. `gone` is told of connections that live: the service
 * forgets those that are not quite new, and they hear nothing until they sync. `late` delivers what
 * its sender has given up and posts again.
 */
import { setTimeout as delay } from "node:timers/promises";
import { limits } from "../../lib/protocol/limits.ts";
import type { Intercept } from "../../local/emulator/gateway/management.ts";
import type { FaultPlan } from "./faultPlan.ts";

/** By how often they come, against each other. */
export const gatewayFaults = {
  gone: 6,
  throttled: 12,
  tooLarge: 3,
  forbidden: 3,
  failed: 12,
  /** Up to a second later than usual. */
  slow: 8,
  late: 1,
};
type GatewayFault = keyof typeof gatewayFaults;

const statuses: Partial<Record<GatewayFault, number>> = {
  gone: 410,
  throttled: 429,
  tooLarge: 413,
  forbidden: 403,
  failed: 500,
};

const slowMsMax = 1_000;
/** Beyond the function's patience. */
const lateMs = limits.postTimeoutMs + 250;

interface GatewayFaultOptions {
  plan: FaultPlan<GatewayFault>;
  isOpen(connectionId: string): boolean;
  /** A living connection is about to be called gone. */
  denied(connectionId: string): void;
  happened(fault: GatewayFault): void;
}

export function gatewayIntercept(options: GatewayFaultOptions): Intercept {
  const { plan, isOpen, denied, happened } = options;
  return async ({ method, connectionId }) => {
    if (method !== "POST") return undefined;
    const fault = plan.next((kind) => kind !== "gone" || isOpen(connectionId));
    if (fault === undefined) return undefined;
    if (fault.kind === "slow") await delay(fault.strength * slowMsMax);
    if (fault.kind === "late") await delay(lateMs);
    if (fault.kind === "gone") denied(connectionId);
    happened(fault.kind);
    return statuses[fault.kind];
  };
}
