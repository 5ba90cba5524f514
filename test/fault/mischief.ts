/**
 * Faults that nobody asks for by a request: processes killed, connections cut by the gateway, and
 * storms, in which everybody loses the connection at once and everybody is back at once. Each comes
 * at moments that its own seeded numbers say.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
} from "@aws-sdk/client-apigatewaymanagementapi";
import { localCredentials, localRegion } from "../../local/emulator/database/tables.ts";
import type { Random } from "../simulation/random.ts";
import type { Counts } from "./counts.ts";
import type { Device } from "./device.ts";
import type { Recorder } from "./recorder.ts";
import type { RunningGateway } from "./stack.ts";

export interface Scene {
  gateways: readonly RunningGateway[];
  devices: readonly Device[];
  recorder: Recorder;
  counts: Counts;
  /** Numbers of its own for each source. */
  randomFor(source: string): Random;
  isOver(): boolean;
  /** So many times as often as usual. */
  haste: number;
}

/** Means, in acked messages. */
const acksBetween = { kill: 60, cut: 80, storm: 800 };
const lookMs = 50;
/** Of kills, those that take a process in the middle of its work if there is one. */
const busyKills = 0.8;

/** Ends when the scene is over. */
export async function mischief(scene: Scene): Promise<void> {
  await Promise.all([killProcesses(scene), cutConnections(scene), storms(scene)]);
}

async function killProcesses(scene: Scene): Promise<void> {
  const { gateways, counts } = scene;
  const random = scene.randomFor("processes");
  for await (const _ of moments(scene, random, acksBetween.kill)) {
    const all = gateways.flatMap(({ processes }) => processes()).filter(({ pid }) => pid > 0);
    const busy = all.filter(({ isBusy }) => isBusy);
    const [wantsBusy, place] = [random.chance(busyKills), random.next()];
    const victims = wantsBusy && busy.length > 0 ? busy : all;
    const victim = victims[Math.floor(place * victims.length)];
    if (victim === undefined || !kill(victim.pid)) continue;
    counts.add("processes", victim.isBusy ? "killedBusy" : "killedIdle");
  }
}

/** False when it had ended by itself. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** By the management API, as an operator does, or the service itself. */
async function cutConnections(scene: Scene): Promise<void> {
  const { gateways, recorder, counts, randomFor } = scene;
  const random = randomFor("cuts");
  const clients = gateways.map(({ managementUrl }) => managementClient(managementUrl));
  for await (const _ of moments(scene, random, acksBetween.cut)) {
    const ids = recorder.openIds();
    const ConnectionId = ids[Math.floor(random.next() * ids.length)];
    if (ConnectionId === undefined) continue;
    // Each knows its own. Nobody does, when it has just left by itself.
    const cuts = clients.map((client) =>
      client.send(new DeleteConnectionCommand({ ConnectionId })).then(
        () => true,
        () => false,
      ),
    );
    if ((await Promise.all(cuts)).includes(true)) counts.add("gateway", "cut");
  }
  for (const client of clients) client.destroy();
}

function managementClient(endpoint: string): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint,
    region: localRegion,
    credentials: localCredentials,
    maxAttempts: 1,
  });
}

async function storms(scene: Scene): Promise<void> {
  const { devices, counts, randomFor } = scene;
  for await (const _ of moments(scene, randomFor("storms"), acksBetween.storm)) {
    const hit = devices.filter(({ line }) => line.isOnline && line.cut());
    if (hit.length > 0) counts.add("clients", "storms");
    counts.add("clients", "cutInStorms", hit.length);
    await Promise.all(hit.map(({ client }) => untilLost(client)));
    for (const { client, line } of hit) if (line.isOnline) client.connect();
  }
}

/** A cut is noticed a moment later; before that there is nothing to connect again. */
async function untilLost(client: Device["client"]): Promise<void> {
  while (client.status === "live" || client.status === "connecting") await delay(5);
}

/** One moment after the other until it is over, by what has been acked: on any machine as often. */
async function* moments({ counts, haste, isOver }: Scene, random: Random, mean: number) {
  let next = 0;
  while (!isOver()) {
    next += (-Math.log(1 - random.next()) * mean) / haste;
    while (!isOver() && counts.of("traffic", "acked") < next) await delay(lookMs);
    if (!isOver()) yield;
  }
}
