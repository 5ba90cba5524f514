/**
 * The gateways, and what becomes of them: how many connections each has, and how many a count of
 * its index finds. That is more: whoever went without a word stays in the index until the gateway
 * notices, or until the item expires where the gateway is dead.
 */
import type { Gateway } from "../../lib/protocol/gateways.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { assumptions } from "./assumptions.ts";
import { type Quota, quota } from "./quota.ts";

export type Health = "well" | "refuses" | "hangs";

export interface Fleet {
  readonly gateways: Gateway[];
  /** By gateway, in the order of `gateways`. */
  readonly connections: Uint32Array;
  readonly health: Health[];
  /** One for each account and region. */
  readonly quotas: Quota[];
  quotaOf(gateway: number): Quota;
  indexOf(name: string): number;
  byEndpoint(endpoint: string): number;
  add(gateway: Gateway): void;
  /** Whether it was not there at the beginning. */
  isAdded(gateway: number): boolean;
  came(gateway: number): void;
  left(gateway: number): void;
  /** So many connections are gone, and stay in the index between these two times. */
  leaveBehind(gateway: number, count: number, fromMs: number, untilMs: number): void;
  /** What the index says. */
  count(gateway: number, nowMs: number): number;
}

export interface FleetShape {
  gateways: readonly Gateway[];
  /** How many share the quotas of one account in one region. */
  gatewaysPerAccount: number;
  /** Of every quota, so much: for small runs. */
  quotaShare: number;
}

export function fleet({ gateways: given, gatewaysPerAccount, quotaShare }: FleetShape): Fleet {
  const gateways: Gateway[] = [];
  const health: Health[] = [];
  const quotas: Quota[] = [];
  const byName = new Map<string, number>();
  const byEndpoint = new Map<string, number>();
  const connections = new Uint32Array(limits.gatewaysMax);
  const ghosts: { count: number; fromMs: number; untilMs: number }[][] = [];
  const accountOf = (gateway: number) => Math.floor(gateway / gatewaysPerAccount);
  const found = (index: number | undefined) => {
    if (index === undefined) throw new Error("there is no such gateway");
    return index;
  };
  const add = (gateway: Gateway) => {
    const index = gateways.push({ ...gateway }) - 1;
    health.push("well");
    ghosts.push([]);
    byName.set(gateway.name, index);
    byEndpoint.set(gateway.endpoint, index);
    quotas[accountOf(index)] ??= quota(
      assumptions.connectsPerSecond * quotaShare,
      assumptions.connectsBurst * quotaShare,
    );
  };
  const gain = (gateway: number, more: number) => {
    connections[gateway] = (connections[gateway] as number) + more;
  };
  for (const gateway of given) add(gateway);
  return {
    gateways,
    connections,
    health,
    quotas,
    quotaOf: (gateway) => quotas[accountOf(gateway)] as Quota,
    indexOf: (name) => found(byName.get(name)),
    byEndpoint: (endpoint) => found(byEndpoint.get(endpoint)),
    add,
    isAdded: (gateway) => gateway >= given.length,
    came: (gateway) => gain(gateway, 1),
    left: (gateway) => gain(gateway, -1),
    leaveBehind: (gateway, count, fromMs, untilMs) =>
      void ghosts[gateway]?.push({ count, fromMs, untilMs }),
    count(gateway, nowMs) {
      let count = connections[gateway] as number;
      for (const left of ghosts[gateway] ?? []) {
        const share = (left.untilMs - nowMs) / (left.untilMs - left.fromMs);
        count += Math.round(left.count * Math.min(1, Math.max(0, share)));
      }
      return count;
    },
  };
}

/** Gateways as a service names them, each with room for somewhat more than its share. */
export function evenGateways(count: number, users: number, weights: readonly number[] = [1]) {
  const sum = Array.from({ length: count }, (_, index) => weightAt(weights, index)).reduce(add, 0);
  return Array.from({ length: count }, (_, index): Gateway => {
    const weight = weightAt(weights, index);
    const capacity = Math.ceil(((users * weight) / sum) * assumptions.capacityShare);
    return gatewayNamed(index, { weight, capacity });
  });
}

export function gatewayNamed(
  index: number,
  { weight, capacity }: { weight: number; capacity: number },
): Gateway {
  const name = `gateway-${index + 1}`;
  const host = `${name}.example`;
  return {
    name,
    url: `wss://${host}`,
    endpoint: `https://${host}`,
    capacity,
    weight,
    state: "open",
  };
}

const weightAt = (weights: readonly number[], index: number) =>
  weights[index % weights.length] as number;
const add = (a: number, b: number) => a + b;
