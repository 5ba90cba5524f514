/**
 * How a client comes back: after how long, and what it says of the gateways that failed it. That a
 * good connection is lost later may be anybody's fault, so it blames nobody; the next try will
 * tell. Pure, so that bench/scale can let a million clients come back by these very rules.
 */
import { limits } from "./limits.ts";
import { backoffMs } from "./retries.ts";

export interface Comeback {
  /** Connections in a row that were good for nothing. */
  readonly failures: number;
  /**
   * Gateways that could not be used since one last could, oldest first. Whoever is asked for a
   * gateway is told, and gives another one while there is one.
   */
  readonly failed: readonly string[];
  /** The gateway that is used, or was tried last; undefined when it has no name, or none is. */
  readonly gateway: string | undefined;
}

export const noComeback: Comeback = { failures: 0, failed: [], gateway: undefined };

/** A connection to this gateway is being tried; undefined until it is known to which. */
export function trying(comeback: Comeback, gateway: string | undefined): Comeback {
  return { ...comeback, gateway };
}

/** A connection ended, or there came none: what is known now, and when to try again. */
export function ended(
  comeback: Comeback,
  { isGatewayUseless, afterMs }: { isGatewayUseless: boolean; afterMs: number },
  random: () => number,
): { comeback: Comeback; retryInMs: number } {
  const { failures, failed, gateway } = comeback;
  const isBlamed = isGatewayUseless && gateway !== undefined;
  return {
    comeback: {
      ...comeback,
      failures: failures + 1,
      failed: isBlamed ? withName(failed, gateway) : failed,
    },
    retryInMs: afterMs + backoffMs(failures, random),
  };
}

/** The service has said who we are: what was down an hour ago need not be now. */
export function welcomed(comeback: Comeback): Comeback {
  return { ...comeback, failed: [] };
}

/** The connection is good for something, so if it ends, the next one may come soon. */
export function proven(comeback: Comeback): Comeback {
  return { ...comeback, failures: 0 };
}

function withName(names: readonly string[], name: string): readonly string[] {
  return [...names.filter((other) => other !== name), name].slice(-limits.failedGateways);
}
