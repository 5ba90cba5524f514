/**
 * Tell a user which gateway to connect to: the best one for them that takes users and has room. It
 * is a piece of advice. `$connect` asks for none and refuses nobody for want of it: who knows a URL
 * may use it.
 *
 * A count comes from an index, which is a moment late, and is kept for a while (occupancy.ts): a
 * gateway may come to hold somewhat more than its capacity, but is never chosen
 * once it is known to be full.
 */

import type { Clock, GatewayConnections, GatewayList, Report } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";
import type { Gateway } from "../../protocol/gateways.ts";
import { limits } from "../../protocol/limits.ts";
import { gatewaysFor } from "./gatewayChoice.ts";
import type { Occupancy } from "./occupancy.ts";

export interface ChooseGatewayPorts {
  gatewayList: GatewayList;
  gatewayConnections: Pick<GatewayConnections, "count">;
  occupancy: Occupancy;
  clock: Pick<Clock, "nowMs">;
  report: Report;
  /** This deployment's own gateway, which is the only one while none are configured. */
  ownGateway: () => { url: string; gateway: string };
}

/** @throws ChatError `unavailable` when all gateways are full or draining */
export async function chooseGateway(
  query: { failed?: string | undefined },
  caller: { user: string },
  ports: ChooseGatewayPorts,
): Promise<{ url: string; gateway: string }> {
  const gateways = await ports.gatewayList.list();
  if (gateways.length === 0) return ports.ownGateway();
  const failed = new Set(query.failed?.split(","));
  for (const gateway of gatewaysFor(caller.user, gateways, failed)) {
    if (await takes(gateway, caller.user, ports))
      return { url: gateway.url, gateway: gateway.name };
  }
  ports.report("no gateway has room", { gateways: gateways.length });
  const reason = "all are full or draining";
  throw new ChatError("unavailable", reason, { retryAfterMs: limits.gatewaysFullMs });
}

/** Whether a gateway has room for a user, who then counts as one of its own. */
async function takes(
  { name, endpoint, capacity }: Gateway,
  user: string,
  { occupancy, gatewayConnections, clock }: ChooseGatewayPorts,
): Promise<boolean> {
  if (capacity === undefined) return true;
  if (occupancy.isDue(name, clock.nowMs())) {
    const counted = occupancy.counting(name);
    const nowMs = clock.nowMs();
    counted(await gatewayConnections.count(endpoint, nowMs), capacity, nowMs);
  }
  return occupancy.take(name, capacity, user);
}
