/** Runs every scenario at one scale. capacity/measured/scale.json keeps the results. */
import { assumptions } from "./assumptions.ts";
import { type Moves, movesBetween } from "./moves.ts";
import type { Report } from "./report.ts";
import { runScenarios, type Scale } from "./scenarios.ts";

export interface ScaleRun {
  scale: Scale;
  bytesPerUser: number;
  reports: Report[];
  moves: { added: Moves; removed: Moves };
}

export interface MeasuredScale {
  large: ScaleRun;
  /** Run again by a test: when this has changed, the large one has as well. */
  small: ScaleRun;
}

export const largeScale: Scale = { users: 1_000_000, gateways: 100, seed: 1, quotaShare: 1 };
export const quickScale: Scale = { users: 20_000, gateways: 20, seed: 1, quotaShare: 0.1 };
export const smallScale: Scale = { users: 2_000, gateways: 10, seed: 1, quotaShare: 0.02 };

export async function measureScale(
  scale: Scale,
  progress?: (title: string) => void,
): Promise<ScaleRun> {
  const { users, gateways } = scale;
  const { reports, bytesPerUser } = await runScenarios(scale, progress);
  return {
    scale,
    bytesPerUser,
    reports,
    moves: {
      added: movesBetween(users, gateways, gateways + 1),
      removed: movesBetween(users, gateways, gateways - 1),
    },
  };
}

/** New connections a second that all quotas together let in. */
export function connectsPerSecond({ gateways, quotaShare }: Scale): number {
  return gateways * assumptions.connectsPerSecond * quotaShare;
}
