/**
 * `npm run cluster -- --demo`: plays a story on a cluster of real processes with real clients. A
 * history records all requests and answers, and a proxy records what the database stores. At the
 * end all clients reconnect and sync, and the checker decides.
 */
import { setTimeout as delay } from "node:timers/promises";
import { askGateway } from "../../../client/askGateway.ts";
import { systemPorts } from "../../../client/ports.ts";
import { gatewaysFor } from "../../../lib/actions/gateways/gatewayChoice.ts";
import type { Gateway } from "../../../lib/protocol/gateways.ts";
import { createCounts } from "../../../test/fault/counts.ts";
import { databaseFaults } from "../../../test/fault/databaseFaults.ts";
import { clientFaults, createDevice, type Device } from "../../../test/fault/device.ts";
import { faultPlan, randomFor } from "../../../test/fault/faultPlan.ts";
import { faultProxy } from "../../../test/fault/faultProxy.ts";
import { unhealthy } from "../../../test/fault/health.ts";
import { appendOf, createRecorder } from "../../../test/fault/recorder.ts";
import { settle } from "../../../test/fault/settle.ts";
import { townOf } from "../../../test/fault/town.ts";
import { type Turns, turns } from "../../../test/fault/turns.ts";
import { verdict } from "../../../test/fault/verdict.ts";
import type { ThrownError } from "../../emulator/gateway/functionProcess.ts";
import { type Cluster, type ClusterOptions, roomsOf, startCluster } from "../cluster.ts";
import { lineOf, placeOf } from "../gatewayProcess.ts";
import { type Exercise, exercisesOf, sendersAreSpared } from "./exercised.ts";
import { createPlaces, type Scene, type Story } from "./scene.ts";
import { playStory } from "./story.ts";
import type { Judged } from "./summary.ts";

export interface DemoOptions extends ClusterOptions {
  seed: number;
  users: number;
  /** In each of the story's four parts. */
  messages: number;
  /** The pause after each request of a client. */
  pauseMs: number;
  /** Told when there is something to look at. */
  onCluster?(cluster: Cluster): void;
  /** It is about to be stopped. */
  onEnd?(): Promise<void>;
}

interface DemoReport extends Judged {
  story: Story;
  acked: number;
  exercises: Record<number, Exercise>;
}

const actsAtOnce = 5;
/** The share of users who come only when the cluster has grown. */
const newcomersShare = 1 / 4;

export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { seed, users, gateways, messages, pauseMs, say } = options;
  const [counts, recorder] = [createCounts(), createRecorder()];
  const failures: [functionName: string, error: ThrownError][] = [];
  const cluster = await startCluster({
    ...options,
    onFailure: ({ functionName, error }) => failures.push([functionName, error]),
    between: (databaseUrl) =>
      faultProxy({
        databaseUrl,
        plan: faultPlan(randomFor(seed, "database"), databaseFaults, 0),
        happened() {},
        begins: recorder.begins,
        done(request, status) {
          recorder.done(request, status);
          const stored = status === 200 ? appendOf(request)?.event : undefined;
          // An entry of another kind is from the author of what it is about, who may be elsewhere.
          if (stored?.kind === "message") scene.onStored?.(stored);
        },
      }),
  });
  options.onCluster?.(cluster);
  const places = createPlaces(
    (url) => cluster.gateways.find(({ websocketUrl }) => websocketUrl === url)?.name,
  );
  const httpUrls = cluster.gateways.map(({ httpUrl }) => httpUrl);
  let laterMs = 0;
  const clock = { ...systemPorts.clock, nowMs: () => Date.now() + laterMs };
  const taking = pausing(turns(actsAtOnce), pauseMs);
  const late = Math.ceil(users * newcomersShare);
  const town = townOf(users, randomFor(seed, "town"), namesOn(gateways, users, late, seed));
  const everybody = town.map(({ user, devices, rooms, friends }) =>
    devices.map((device) => {
      const random = randomFor(seed, device);
      return createDevice({
        ...{ user, device, rooms, friends, random, recorder, counts, turns: taking },
        url: askGateway(httpUrls, { random: random.next }),
        clock,
        opened: places.opened,
        plan: faultPlan(random, clientFaults, 0),
      });
    }),
  );
  const scene: Scene = {
    ...{ cluster, recorder, counts, messages, places, say },
    devices: everybody.slice(late).flat(),
    newcomers: everybody.slice(0, late).flat(),
    random: randomFor(seed, "story"),
    intruder: "mallory",
    letPass(ms) {
      laterMs += ms;
    },
    onStored: undefined,
    isOver: false,
  };
  try {
    const story = await playStory(scene).finally(() => {
      scene.isOver = true;
    });
    say("all users catch up, and are compared with the logs");
    const devices = everybody.flat();
    const { client, name: roomsTable } = roomsOf(cluster);
    const { truth, leaders } = await settle(devices, { client, roomsTable }, recorder);
    const history = { entries: recorder.entries, logs: truth.logs };
    const known = { places, killed: story.killed, ways: story.ways, leaders };
    const violations = [
      ...verdict(recorder.entries, truth, devices.map(witness), leaders),
      ...sendersAreSpared(history, known),
      ...story.violations,
      ...unhealthy(counts, failures),
    ];
    for (const device of devices) device.client.close();
    const exercises = exercisesOf(history, known);
    return { violations, exercises, story, acked: counts.of("traffic", "acked") };
  } finally {
    await options.onEnd?.();
    await cluster.stop();
  }
}

/**
 * Numbered names for the users, from the seed on. Among few users the hash may leave a gateway
 * without any: such names are skipped. The newcomers' names come first, and one of them belongs to
 * the new gateway.
 */
function namesOn(gateways: number, users: number, newcomers: number, seed: number): string[] {
  const places = Array.from({ length: gateways + 1 }, (_, index) => lineOf(placeOf(index + 1, 1)));
  const [added] = places.slice(-1);
  const taken = new Set<string>();
  const take = (count: number, list: Gateway[], needed: Gateway[]) => {
    const lacking = new Set(needed);
    const names: string[] = [];
    for (let number = 1 + seed * users; names.length < count; number += 1) {
      const name = `u${number}`;
      const [best] = gatewaysFor(name, list);
      const isWanted = best !== undefined && lacking.has(best);
      if (taken.has(name) || !(isWanted || count - names.length > lacking.size)) continue;
      if (best) lacking.delete(best);
      taken.add(name);
      names.push(name);
    }
    return names;
  };
  const first = take(users - newcomers, places.slice(0, -1), places.slice(0, -1));
  return [...take(newcomers, places, added ? [added] : []), ...first];
}

/** A pause holds up no other client. */
function pausing({ take }: Turns, pauseMs: number): Turns {
  return {
    async take(work) {
      const done = await take(work);
      await delay(pauseMs, undefined, { ref: false });
      return done;
    },
  };
}

function witness({ user, name, followings, stored, pending }: Device) {
  return { user, name, followings: followings.all, stored, pending };
}
