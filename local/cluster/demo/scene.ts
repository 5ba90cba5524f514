/** The parts of the story, and the facts it records for the verdict. */

import type { Counts } from "../../../test/fault/counts.ts";
import type { Device } from "../../../test/fault/device.ts";
import { deviceOf } from "../../../test/fault/line.ts";
import type { Recorder } from "../../../test/fault/recorder.ts";
import type { Random } from "../../../test/simulation/random.ts";
import type { Violation } from "../../../test/support/checker/history.ts";
import type { Cluster } from "../cluster.ts";

export interface Scene {
  cluster: Cluster;
  /** The users from the start, and those who come later. */
  devices: readonly Device[];
  newcomers: readonly Device[];
  recorder: Recorder;
  counts: Counts;
  random: Random;
  /** Messages, in each part of the story. */
  messages: number;
  intruder: string;
  places: Places;
  /** Called when the database has taken a message, before anybody is told, while it is set. */
  onStored: ((message: { from: string; cid: string }) => void) | undefined;
  /** The story is over: clients make no more requests. */
  isOver: boolean;
  say(line: string): void;
  /** Moves the clients' clock forward. */
  letPass(ms: number): void;
}

/** The gateways of all connections, now and before. */
export interface Places {
  opened(connection: string, url: string): void;
  /** Of a connection, by its name in the history. */
  of(connection: string): string | undefined;
  /** Of a device's newest connection. */
  now(device: { name: string }): string | undefined;
}

/** The results of the story. */
export interface Story {
  violations: Violation[];
  /** `until`: by then all of its users were back, and all others had heard each other. */
  killed: { gateway: string; at: number; until: number; backMs: number; users: number };
  /** Pairs of gateways, such as `g1 → g2`, that had users in one room at one time. */
  ways: ReadonlySet<string>;
  added: {
    gateway: string;
    users: number;
    expected: number;
    of: number;
    movedBetweenOthers: number;
  };
  drained: string;
}

export function createPlaces(gatewayAt: (url: string) => string | undefined): Places {
  const all = new Map<string, string>();
  const newest = new Map<string, string>();
  return {
    opened(connection, url) {
      const gateway = gatewayAt(url) ?? url;
      all.set(connection, gateway);
      newest.set(deviceOf(connection), gateway);
    },
    of: (connection) => all.get(connection),
    now: ({ name }) => newest.get(name),
  };
}
