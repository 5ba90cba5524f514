/**
 * `GET /gateway`: the service's own action, in several function instances, each with counts and a
 * list of its own that are as old as they are in reality. Which instance answers is chance.
 */
import { chooseGateway } from "../../lib/actions/gateways/chooseGateway.ts";
import { occupancy } from "../../lib/actions/gateways/occupancy.ts";
import { ChatError } from "../../lib/protocol/chatError.ts";
import type { Gateway } from "../../lib/protocol/gateways.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { Random } from "../../test/simulation/random.ts";
import { assumptions } from "./assumptions.ts";
import type { Fleet } from "./fleet.ts";

type Advice = { gateway: number } | { retryAfterMs: number };

/** Which gateway a user is told to use, or after how long to ask again. */
export type Advise = (user: string, failed: readonly string[]) => Promise<Advice>;

export function advice(fleet: Fleet, random: Random, nowMs: () => number): Advise {
  const instances = Array.from({ length: assumptions.instances }, () => ({
    gatewayList: keptList(fleet, nowMs),
    gatewayConnections: {
      count: async (endpoint: string, atMs: number) =>
        fleet.count(fleet.byEndpoint(endpoint), atMs),
      list: () => {
        throw new Error("nobody lists connections to choose a gateway");
      },
    },
    occupancy: occupancy(),
    clock: { nowMs },
    report: () => {},
    ownGateway: () => {
      throw new Error("there are gateways to choose from");
    },
  }));
  return async (user, failed) => {
    const query = failed.length === 0 ? {} : { failed: failed.join(",") };
    try {
      const { gateway } = await chooseGateway(query, { user }, random.pick(instances));
      return { gateway: fleet.indexOf(gateway) };
    } catch (error) {
      if (error instanceof ChatError) return { retryAfterMs: error.retryAfterMs ?? 0 };
      throw error;
    }
  };
}

/** As lib/adapters/dynamodb keeps it, for as long. */
function keptList(fleet: Fleet, nowMs: () => number) {
  let kept: { gateways: Gateway[]; untilMs: number } | undefined;
  return {
    async list() {
      if (kept === undefined || nowMs() >= kept.untilMs) {
        const gateways = fleet.gateways.map((gateway) => ({ ...gateway }));
        kept = { gateways, untilMs: nowMs() + limits.gatewaysKeptMs };
      }
      return kept.gateways;
    },
  };
}
