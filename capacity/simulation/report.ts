/** What is reported of a run: figures that are the same, to the last digit, for the same seed. */
import type { Fleet } from "./fleet.ts";
import type { Simulation } from "./simulation.ts";

/** The fullest and the emptiest gateway, as shares of what each should have. */
export interface Balance {
  most: number;
  least: number;
}

export interface Report {
  title: string;
  /** Users who lost their connection and got another one. */
  back: number;
  /** Those who have none at the end. */
  away: number;
  /** From losing a connection to having another one. */
  seconds: { median: number; p99: number; last: number };
  /** Handshakes: in the busiest account's busiest second, refused in all, and let in by all. */
  connects: { offeredPeak: number; refused: number; acceptedPeak: number };
  /** `GET /gateway`, in the busiest second. */
  asks: { offeredPeak: number; refused: number };
  /** Now elsewhere, though their gateway is well and open and they are on none that was added. */
  movedNeedlessly: number;
  movedToAdded: number;
  before: Balance;
  after: Balance;
  /** Connections of the fullest gateway, as a share of its capacity. */
  fullest: number;
}

export function reportOf(
  title: string,
  simulation: Simulation,
  homes: Uint16Array,
  before: Balance,
): Report {
  const { fleet, asks, arrivals, awayMs, isHit } = simulation;
  const quotas = fleet.quotas.map(({ counted }) => counted);
  // Beside an incident connections end as ever.
  const isIncident = isHit.includes(1);
  const took = awayMs
    .filter((ms, user) => !Number.isNaN(ms) && (!isIncident || isHit[user] === 1))
    .sort();
  const seconds = (share: number) =>
    rounded((took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? 0) / 1_000, 10);
  let movedNeedlessly = 0;
  let movedToAdded = 0;
  for (const [user, home] of homes.entries()) {
    const gateway = simulation.gatewayOf(user);
    if (gateway === home || !isOpen(fleet, home)) continue;
    if (fleet.isAdded(gateway)) movedToAdded += 1;
    else movedNeedlessly += 1;
  }
  return {
    title,
    back: took.length,
    away: simulation.hitAway,
    seconds: { median: seconds(0.5), p99: seconds(0.99), last: seconds(1) },
    connects: {
      offeredPeak: Math.max(...quotas.map(({ offeredPeak }) => offeredPeak)),
      refused: quotas.reduce((sum, { refused }) => sum + refused, 0),
      acceptedPeak: arrivals.counted.acceptedPeak,
    },
    asks: { offeredPeak: asks.counted.offeredPeak, refused: asks.counted.refused },
    movedNeedlessly,
    movedToAdded,
    before,
    after: balanceOf(fleet),
    fullest: rounded(
      Math.max(
        ...fleet.gateways.map(
          ({ capacity = Number.POSITIVE_INFINITY }, index) =>
            (fleet.connections[index] as number) / capacity,
        ),
      ),
      1_000,
    ),
  };
}

export function balanceOf(fleet: Fleet): Balance {
  const open = fleet.gateways.map((_, index) => index).filter((index) => isOpen(fleet, index));
  const shares = fairShares(fleet, open);
  const filled = open.map((index, at) => (fleet.connections[index] ?? 0) / (shares[at] ?? 1));
  return { most: rounded(Math.max(...filled), 1_000), least: rounded(Math.min(...filled), 1_000) };
}

/** By weight; and what does not fit into the small ones, by the weight of the others. */
function fairShares({ gateways, connections }: Fleet, open: readonly number[]): number[] {
  const users = connections.reduce((sum, count) => sum + count, 0);
  const full = new Set<number>();
  for (;;) {
    const capacityOf = (index: number) => gateways[index]?.capacity ?? Number.POSITIVE_INFINITY;
    const taken = [...full].reduce((sum, index) => sum + capacityOf(index), 0);
    const weights = open.map((index) => (full.has(index) ? 0 : (gateways[index]?.weight ?? 0)));
    const sum = weights.reduce((all, weight) => all + weight, 0);
    const shares = open.map((index, at) =>
      full.has(index) ? capacityOf(index) : ((users - taken) * (weights[at] ?? 0)) / sum,
    );
    const over = open.filter((index, at) => (shares[at] ?? 0) > capacityOf(index));
    if (over.length === 0) return shares;
    for (const index of over) full.add(index);
  }
}

function isOpen({ gateways, health }: Fleet, gateway: number): boolean {
  return gateways[gateway]?.state === "open" && health[gateway] === "well";
}

const rounded = (value: number, parts: number) => Math.round(value * parts) / parts;
