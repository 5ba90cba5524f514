/**
 * How a client comes back: where to, and after how long. A connection may be lost by anybody's
 * fault, and an overloaded gateway rejects every client. So a client goes back to where it was,
 * twice, before it asks for another gateway. When all clients are cut off at once, `GET /gateway`
 * would be the narrowest way back, and a client that blames too soon is moved for nothing.
 * Pure, so that capacity/simulation can let a million clients come back by these very rules.
 */
import { limits } from "./limits.ts";
import { backoffMs } from "./retries.ts";

/** Where to connect, and what that gateway is called: what GET /gateway answers. */
export interface Place {
  url: string;
  gateway: string;
}

export interface Comeback {
  /** Connections in a row that were good for nothing. */
  readonly failures: number;
  /**
   * Gateways that could not be used since one last could, oldest first. The service is told
   * when it is asked for a gateway, and gives another one while there is one.
   */
  readonly failed: readonly string[];
  /** Where to go back to: where we were told to connect, if that has a name. */
  readonly place: Place | undefined;
  /** How often to connect there before asking again. */
  readonly triesLeft: number;
  /** When it is time to ask again all the same, for there may be new gateways. */
  readonly staleAtMs: number;
  /** The gateway that is used, or was tried last; undefined when it has no name, or none is. */
  readonly gateway: string | undefined;
}

/** How a connection, or a try to get one, ended. */
export interface End {
  /** Why: `draining` and `timed_out` make a difference. */
  code: string;
  wasConnecting: boolean;
  /** How long to wait at least. */
  afterMs: number;
}

export const noComeback: Comeback = {
  failures: 0,
  failed: [],
  place: undefined,
  triesLeft: 0,
  staleAtMs: 0,
  gateway: undefined,
};

/** Where to go without asking. */
export function knownPlace(comeback: Comeback, nowMs: number): Place | undefined {
  const { place, triesLeft, staleAtMs } = comeback;
  return triesLeft > 0 && nowMs < staleAtMs ? place : undefined;
}

/**
 * The answer to the question where to connect; undefined when the gateway has no name. It has one
 * try until it was good once: in a region that is down, the next best may be down as well.
 */
export function told(comeback: Comeback, place: Place | undefined, nowMs: number): Comeback {
  // Given one that failed: all have, and one that was only overloaded must get its turn again.
  const haveAllFailed = place !== undefined && comeback.failed.includes(place.gateway);
  const failed = haveAllFailed ? [] : comeback.failed;
  return { ...comeback, failed, place, triesLeft: 1, staleAtMs: nowMs + limits.placeMs };
}

/** A connection to this gateway is being tried; undefined until it is known to which. */
export function trying(comeback: Comeback, gateway: string | undefined): Comeback {
  const isPlace = gateway !== undefined && gateway === comeback.place?.gateway;
  const triesLeft = Math.max(0, comeback.triesLeft - (isPlace ? 1 : 0));
  return { ...comeback, gateway, triesLeft };
}

/** A connection ended, or there came none: what is known now, and when to try again. */
export function ended(
  comeback: Comeback,
  { code, wasConnecting, afterMs }: End,
  random: () => number,
): { comeback: Comeback; retryInMs: number } {
  const { failures, failed, gateway, place } = comeback;
  const isDraining = code === "draining";
  const isUseless = gateway !== undefined && (wasConnecting || isDraining);
  // Who is refused knows at once and may try again; silence costs too much to hear it twice.
  const isLeft = isDraining || (isUseless && code === "timed_out");
  return {
    comeback: {
      ...comeback,
      failures: failures + 1,
      failed: isUseless ? withName(failed, gateway) : failed,
      place: isLeft ? undefined : place,
    },
    retryInMs: afterMs + backoffMs(failures, random),
  };
}

/** The service has said who we are: what was down an hour ago need not be now. */
export function welcomed(comeback: Comeback): Comeback {
  return { ...comeback, failed: [], triesLeft: limits.placeTries };
}

/** The connection is good for something, so if it ends, the next one may come soon. */
export function proven(comeback: Comeback): Comeback {
  return { ...comeback, failures: 0 };
}

function withName(names: readonly string[], name: string): readonly string[] {
  return [...names.filter((other) => other !== name), name].slice(-limits.failedGateways);
}
