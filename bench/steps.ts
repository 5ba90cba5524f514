/**
 * What a send in a room of two is made of: the same table requests and posts, by the same adapters,
 * bundled in the same way, against the running emulator, but made from here, with no handler around
 * them. What they leave of a send's time is the emulator's own and ours.
 *
 * The CPU that a request takes in this process is the SDK's and Node's: making, signing, writing
 * and reading. The rest of its time is waiting for the other side.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { createTables, localCredentials, localRegion } from "../local/emulator/database/tables.ts";
import { bundled } from "./fanout/tasks.ts";
import type { Row } from "./outcome.ts";
import { mediansInTurns, timeOf } from "./sample.ts";
import type { Scene, StepRequests } from "./stepRequests.ts";

/** Medians, all of them taken in turns with each other. */
export interface Steps {
  /** One for each kind of request. */
  rows: Row[];
  /** From a real send to its arrival. */
  arrivalMs: number;
  /** All requests until the posts of a send are taken: reads, put and subscribers, posts. */
  togetherMs: number;
}

/** `arrival` returns how long a real send took. */
export async function measureSteps(
  scene: Scene,
  rounds: number,
  arrival: () => Promise<number>,
): Promise<Steps> {
  const { requests, together } = await requestsOf(scene);
  const names = Object.keys(requests);
  const cpuOf = (name: string) => `CPU of ${name}`;
  const medianOf = await mediansInTurns(
    {
      arrival,
      together,
      ...Object.fromEntries(
        Object.entries(requests).flatMap(([name, { make }]) => [
          [name, () => timeOf(make)],
          [cpuOf(name), () => cpuTimeOf(make)],
        ]),
      ),
    },
    rounds,
  );
  const arrivalMs = medianOf("arrival");
  const rows = names.map((name) => ({
    request: name,
    "times in a send": requests[name]?.times ?? 0,
    ms: medianOf(name),
    "CPU, ms": medianOf(cpuOf(name)),
    "÷ arrival": medianOf(name) / arrivalMs,
  }));
  return { rows, arrivalMs, togetherMs: medianOf("together") };
}

async function requestsOf(scene: Scene): Promise<StepRequests> {
  Object.assign(process.env, {
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  });
  const tables = await createTables(scene.emulator.tablesUrl);
  const plugins: Plugin[] = createRequire(import.meta.url)("../local/bundling.cjs")();
  const file = await bundled(new URL("stepRequests.ts", import.meta.url), plugins);
  const { stepRequests } = await import(pathToFileURL(file).href);
  return stepRequests(scene, tables);
}

/** Milliseconds that this process was busy. */
async function cpuTimeOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
