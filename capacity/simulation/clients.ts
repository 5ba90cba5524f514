/**
 * What a million clients know when they come back. The rules are the client's own
 * (client/comeback.ts); only what they decide from is kept in typed arrays, some bytes a user, and
 * read from there for the moment of a decision.
 */
import {
  type Comeback,
  type End,
  ended,
  knownPlace,
  proven,
  told,
  trying,
  welcomed,
} from "../../client/comeback.ts";
import { limits } from "../../client/limits.ts";
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
  ended(user: number, end: End): number;
}

export type ClientRules = (users: number, fleet: Fleet, random: () => number) => Clients;

const none = 0xffff;
const nobody: readonly string[] = [];

/** The client's own rules. */
export const ourClients: ClientRules = (users, fleet, random) => {
  const { read, write, bytes } = comebacks(users, fleet);
  const placeOf = (gateway: number) => {
    const { url, name } = fleet.gateways[gateway] as { url: string; name: string };
    return { url, gateway: name };
  };
  const indexOf = (place: { gateway: string } | undefined) => place && fleet.indexOf(place.gateway);
  return {
    bytes,
    known: (user, nowMs) => indexOf(knownPlace(read(user), nowMs)),
    fallback: (user) => indexOf(read(user).place),
    failed: (user) => read(user).failed,
    told: (user, gateway, nowMs) => write(user, told(read(user), placeOf(gateway), nowMs)),
    trying(user, gateway) {
      const name = gateway === undefined ? undefined : fleet.gateways[gateway]?.name;
      write(user, trying(read(user), name));
    },
    connected: (user) => write(user, proven(welcomed(read(user)))),
    ended(user, end) {
      const { comeback, retryInMs } = ended(read(user), end, random);
      write(user, comeback);
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

function comebacks(users: number, { gateways, indexOf }: Fleet) {
  const failures = new Uint8Array(users);
  const triesLeft = new Uint8Array(users);
  const staleAtMs = new Float64Array(users);
  const current = new Uint16Array(users).fill(none);
  const places = new Uint16Array(users).fill(none);
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
    bytes: [failures, triesLeft, staleAtMs, current, places, failed].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    ),
    read(user: number): Comeback {
      const place = gateways[places[user] as number];
      return {
        failures: failures[user] as number,
        failed: failedOf(user),
        place: place && { url: place.url, gateway: place.name },
        triesLeft: triesLeft[user] as number,
        staleAtMs: staleAtMs[user] as number,
        gateway: nameOf(current[user] as number),
      };
    },
    write(user: number, comeback: Comeback) {
      failures[user] = Math.min(255, comeback.failures);
      triesLeft[user] = comeback.triesLeft;
      staleAtMs[user] = comeback.staleAtMs;
      current[user] = numberOf(comeback.gateway);
      places[user] = numberOf(comeback.place?.gateway);
      const first = user * limits.failedGateways;
      if (comeback.failed.length === 0 && failed[first] === none) return;
      for (const [nth, name] of comeback.failed.entries()) failed[first + nth] = numberOf(name);
      const count = comeback.failed.length;
      if (count < limits.failedGateways) failed[first + count] = none;
    },
  };
}
