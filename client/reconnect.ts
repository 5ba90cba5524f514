/**
 * Which gateway a client connects to, and how long it waits before that. A connection may be lost
 * by anybody's fault, and an overloaded gateway rejects every client. So a client goes back to the
 * same gateway, twice, before it asks for another one. When all clients are cut off at once,
 * `GET /gateway` would be the narrowest way back, and a client that blames too soon is moved for
 * nothing. Pure functions, so that capacity/simulation can let a million clients reconnect by these
 * very rules.
 */
import * as limits from "./limits.ts";
import { backoffMs } from "./retries.ts";

/** Where to connect, and what that gateway is called: the answer of GET /gateway. */
export interface Gateway {
  url: string;
  gateway: string;
}

export interface ReconnectState {
  /** Connections in a row on which no sync was answered. */
  readonly failures: number;
  /**
   * Names of gateways that failed since the last good connection, oldest first. The service is told
   * them when it is asked for a gateway, and gives another one while there is one.
   */
  readonly failed: readonly string[];
  /** The gateway that the last lookup gave, if it has a name. */
  readonly assigned: Gateway | undefined;
  /** How often to connect to it before the next lookup. */
  readonly triesLeft: number;
  /** From then on the next connect starts with a lookup, because there may be new gateways. */
  readonly staleAtMs: number;
  /** Name of the gateway in use or tried last; undefined when it has none. */
  readonly gateway: string | undefined;
}

/** How a connection, or a try to get one, ended. */
export interface ConnectionEnd {
  /** Why: `draining` and `timed_out` make a difference. */
  code: string;
  wasConnecting: boolean;
  /** How long to wait at least. */
  afterMs: number;
}

export const newReconnectState: ReconnectState = {
  failures: 0,
  failed: [],
  assigned: undefined,
  triesLeft: 0,
  staleAtMs: 0,
  gateway: undefined,
};

/** The gateway to connect to without a lookup, if there is one. */
export function knownGateway(state: ReconnectState, nowMs: number): Gateway | undefined {
  const { assigned, triesLeft, staleAtMs } = state;
  return triesLeft > 0 && nowMs < staleAtMs ? assigned : undefined;
}

/**
 * A lookup gave this gateway; undefined when it has no name. It has one try until the first good
 * connection: in a region that is down, the next best gateway may be down as well.
 */
export function gatewayAssigned(
  state: ReconnectState,
  assigned: Gateway | undefined,
  nowMs: number,
): ReconnectState {
  // It failed before: so all have failed, and one that was only overloaded must get its turn again.
  const haveAllFailed = assigned !== undefined && state.failed.includes(assigned.gateway);
  const failed = haveAllFailed ? [] : state.failed;
  return { ...state, failed, assigned, triesLeft: 1, staleAtMs: nowMs + limits.gatewayMs };
}

/** A try to connect to this gateway begins; undefined until the lookup has answered. */
export function connectStarted(state: ReconnectState, gateway: string | undefined): ReconnectState {
  const isAssigned = gateway !== undefined && gateway === state.assigned?.gateway;
  const triesLeft = Math.max(0, state.triesLeft - (isAssigned ? 1 : 0));
  return { ...state, gateway, triesLeft };
}

/** A connection ended, or a try to get one: what is known now, and when to try again. */
export function connectionEnded(
  state: ReconnectState,
  { code, wasConnecting, afterMs }: ConnectionEnd,
  random: () => number,
): { state: ReconnectState; retryInMs: number } {
  const { failures, failed, gateway, assigned } = state;
  const isDraining = code === "draining";
  const hasFailed = gateway !== undefined && (wasConnecting || isDraining);
  // A refusal comes at once, so one more try is cheap. Silence costs too much to hear it twice.
  const isAbandoned = isDraining || (hasFailed && code === "timed_out");
  return {
    state: {
      ...state,
      failures: failures + 1,
      failed: hasFailed ? withName(failed, gateway) : failed,
      assigned: isAbandoned ? undefined : assigned,
    },
    retryInMs: afterMs + backoffMs(failures, random),
  };
}

/** `hello` was answered: the gateways that failed before may work again by now. */
export function helloAnswered(state: ReconnectState): ReconnectState {
  return { ...state, failed: [], triesLeft: limits.gatewayTries };
}

/** A sync was answered: if this connection ends, the next one may come soon. */
export function syncAnswered(state: ReconnectState): ReconnectState {
  return { ...state, failures: 0 };
}

function withName(names: readonly string[], name: string): readonly string[] {
  return [...names.filter((other) => other !== name), name].slice(-limits.failedGateways);
}
