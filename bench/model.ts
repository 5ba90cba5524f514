/**
 * What the service costs, and what gives way first, from a thousand users to ten million. Measures
 * what the model is computed from, keeps that in docs/measured/, and writes docs/capacity.md and
 * its picture from it; `npm run docs -- --check` holds the page to what was kept, and a test what
 * was kept to the code.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startDatabase } from "../local/database.ts";
import { dynamodbLocalJar } from "../local/dynamodbLocalJar.ts";
import { measure as measurePosts } from "./fanout/cpuPerPost.ts";
import { startStandIn } from "./fanout/standIn.ts";
import { type Ceiling, measureAppends } from "./model/appendCeiling.ts";
import { capacityFiles, outcomeOf } from "./model/capacity.ts";
import { measureAttacks } from "./model/measureAttacks.ts";
import {
  attacksPath,
  type Measured,
  type MeasuredTimes,
  readMeasured,
  timesPath,
  toJson,
  unitsPath,
} from "./model/measured.ts";
import { measureUnits } from "./model/measureUnits.ts";
import { machine, type Outcome } from "./outcome.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const databases = { dynalite: "dynalite", "DynamoDB Local": "local" } as const;

export const about = "cost, quotas and one room's ceiling, into docs/capacity.md";

/** Quick: units are counted anew, and the times that were measured last are kept. */
export async function run(isQuick: boolean): Promise<Outcome> {
  const load = loadavg()[0] ?? 0;
  // Not stopped: it ends with this process.
  const { endpoint } = await startDatabase({ kind: "dynalite" });
  const units = await measureUnits(endpoint);
  const attacks = await measureAttacks(endpoint);
  const kept = await readMeasured(root);
  const times = isQuick ? kept.times : await measureTimes(load);
  const measured: Measured = { ...kept, units, attacks, times };
  const files = [
    { path: unitsPath, content: toJson(units) },
    { path: attacksPath, content: toJson(attacks) },
    { path: timesPath, content: toJson(times) },
    ...capacityFiles(measured),
  ];
  for (const { path, content } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return outcomeOf(measured);
}

async function measureTimes(load: number): Promise<MeasuredTimes> {
  process.env["DYNAMODB_LOCAL_DIR"] ??= await dynamodbLocalJar();
  const appends: MeasuredTimes["appends"] = {};
  let cpuMsPerTableRequest = 0;
  for (const [title, kind] of Object.entries(databases)) {
    const database = await startDatabase({ kind });
    try {
      const ceiling: Ceiling = await measureAppends(database.endpoint);
      appends[title] = ceiling.steps;
      // dynalite's own work is in this process, too.
      if (kind === "local") cpuMsPerTableRequest = ceiling.cpuMsPerTableRequest;
    } finally {
      await database.stop();
    }
  }
  const cpuMsPerPost = await measurePost();
  return { machine: machine(), load, cpuMsPerTableRequest, cpuMsPerPost, appends };
}

async function measurePost(): Promise<number> {
  const standIn = await startStandIn();
  try {
    const { figures } = await measurePosts(standIn, { rounds: 3, share: 0.1 });
    const byInFlight = figures?.["cpuMicrosecondsPerPost"] as Record<string, { ours: number }>;
    return (byInFlight["64"]?.ours ?? 0) / 1_000;
  } finally {
    await standIn.stop();
  }
}
