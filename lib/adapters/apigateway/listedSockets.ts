/**
 * Post only to gateways that this deployment knows. A stored connection names its gateway, so an
 * attacker who can write to the Connections table could otherwise have text, a signature and the
 * session's token sent to any address. An unknown gateway is refused before anything is signed.
 */

import type { Report, Sockets } from "../../ports.ts";
import { limits } from "../../protocol/limits.ts";
import { isLoopbackUrl } from "../../protocol/loopback.ts";

export interface ListedOptions {
  /** Management endpoints, to the letter. */
  endpoints: readonly string[];
  /** On one machine gateways come and go while others run, so all of the machine's are known. */
  allowsLoopback?: boolean;
  report: Report;
}

export function listedSockets(
  sockets: Sockets,
  { endpoints, allowsLoopback = false, report }: ListedOptions,
): Sockets {
  const listed = new Set(endpoints);
  const reported = new Set<string>();
  const isKnown = (gateway: string) => {
    if (listed.has(gateway) || (allowsLoopback && isLoopbackUrl(gateway))) return true;
    if (!reported.has(gateway) && reported.size < limits.strangeGatewaysReported) {
      reported.add(gateway);
      report("gateway not listed", { gateway });
    }
    return false;
  };
  return {
    async post(to, frame, withinMs) {
      return isKnown(to.gateway) ? sockets.post(to, frame, withinMs) : "refused";
    },
    async close(connection, withinMs) {
      return isKnown(connection.gateway) ? sockets.close(connection, withinMs) : "refused";
    },
  };
}
