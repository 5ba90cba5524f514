/**
 * What a million clients know when they come back. The rules are the client's own
 * (client/reconnect.ts); only what they decide from is kept in typed arrays, some bytes a user, and
 * read from there for the moment of a decision.
 */

import * as limits from "../../client/limits.ts";
import {
  type ConnectionEnd,
  connectionEnded,
  connectStarted,
  gatewayAssigned,
  helloAnswered,
  knownGateway,
  type ReconnectState,
  syncAnswered,
} from "../../client/reconnect.ts";
import type { Fleet } from "./fleet.ts";

/** Gateways are numbers here, in the order of the fleet. */
export interface Clients {
  readonly bytes: number;
  /** The gateway to connect to without asking for one. */
  known(user: number, nowMs: number): number | undefined;
  /** The one to connect to when nobody can be asked. */
  fallback(user: number): number | undefined;
  /** What to say when asking. */
  failed(user: number): readonly string[];
  told(user: number, gateway: number, nowMs: number): void;
  trying(user: number, gateway: number | undefined): void;
  connected(user: number): void;
  /** A connection ended, or none came: how long to wait before the next try. */
  ended(user: number, end: ConnectionEnd): number;
}

export type ClientRules = (users: number, fleet: Fleet, random: () => number) => Clients;

const none = 0xffff;
const nobody: readonly string[] = [];

/** The client's own rules. */
export const ourClients: ClientRules = (users, fleet, random) => {
  const { read, write, bytes } = reconnectStates(users, fleet);
  const gatewayOf = (gateway: number) => {
    const { url, name } = fleet.gateways[gateway] as { url: string; name: string };
    return { url, gateway: name };
  };
  const indexOf = (found: { gateway: string } | undefined) => found && fleet.indexOf(found.gateway);
  return {
    bytes,
    known: (user, nowMs) => indexOf(knownGateway(read(user), nowMs)),
    fallback: (user) => indexOf(read(user).assigned),
    failed: (user) => read(user).failed,
    told: (user, gateway, nowMs) =>
      write(user, gatewayAssigned(read(user), gatewayOf(gateway), nowMs)),
    trying(user, gateway) {
      const name = gateway === undefined ? undefined : fleet.gateways[gateway]?.name;
      write(user, connectStarted(read(user), name));
    },
    connected: (user) => write(user, syncAnswered(helloAnswered(read(user)))),
    ended(user, end) {
      const { state, retryInMs } = connectionEnded(read(user), end, random);
      write(user, state);
      return retryInMs;
    },
  };
};

/** The same, but that they ask before every try and know no other way. */
export const alwaysAsking: ClientRules = (...given) => ({
  ...ourClients(...given),
  known: () => undefined,
  fallback: () => undefined,
});

/** The same without chance: each waits exactly half of the longest that it might wait. */
export const unjittered: ClientRules = (users, fleet) => ourClients(users, fleet, () => 0.5);

/** What is written in an afternoon: one URL for ever, tried again every second. */
export const everySecond: ClientRules = (users) => {
  const gateways = new Uint16Array(users).fill(none);
  const known = (user: number) => (gateways[user] === none ? undefined : gateways[user]);
  return {
    bytes: gateways.byteLength,
    known,
    fallback: known,
    failed: () => [],
    told(user, gateway) {
      gateways[user] = gateway;
    },
    trying() {},
    connected() {},
    ended: () => 1_000,
  };
};

function reconnectStates(users: number, { gateways, indexOf }: Fleet) {
  const failures = new Uint8Array(users);
  const triesLeft = new Uint8Array(users);
  const staleAtMs = new Float64Array(users);
  const current = new Uint16Array(users).fill(none);
  const assigned = new Uint16Array(users).fill(none);
  const failed = new Uint16Array(users * limits.failedGateways).fill(none);

  const nameOf = (gateway: number) => gateways[gateway]?.name;
  const failedOf = (user: number): readonly string[] => {
    const first = user * limits.failedGateways;
    if (failed[first] === none) return nobody; // nearly always
    const names: string[] = [];
    for (let nth = first; failed[nth] !== none && nth < first + limits.failedGateways; nth += 1) {
      names.push(nameOf(failed[nth] as number) as string);
    }
    return names;
  };
  const numberOf = (name: string | undefined) => (name === undefined ? none : indexOf(name));
  return {
    bytes: [failures, triesLeft, staleAtMs, current, assigned, failed].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    ),
    read(user: number): ReconnectState {
      const gateway = gateways[assigned[user] as number];
      return {
        failures: failures[user] as number,
        failed: failedOf(user),
        assigned: gateway && { url: gateway.url, gateway: gateway.name },
        triesLeft: triesLeft[user] as number,
        staleAtMs: staleAtMs[user] as number,
        gateway: nameOf(current[user] as number),
      };
    },
    write(user: number, state: ReconnectState) {
      failures[user] = Math.min(255, state.failures);
      triesLeft[user] = state.triesLeft;
      staleAtMs[user] = state.staleAtMs;
      current[user] = numberOf(state.gateway);
      assigned[user] = numberOf(state.assigned?.gateway);
      const first = user * limits.failedGateways;
      if (state.failed.length === 0 && failed[first] === none) return;
      for (const [nth, name] of state.failed.entries()) failed[first + nth] = numberOf(name);
      const count = state.failed.length;
      if (count < limits.failedGateways) failed[first + count] = none;
    },
  };
}
