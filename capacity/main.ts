/**
 * `npm run capacity`: measures what docs/capacity.md is computed from, keeps it in
 * capacity/measured/, and writes the page and its picture. `npm run docs -- --check` compares the
 * page with the kept measurements, and test/capacity compares those with the code.
 */
import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { measureWarm } from "../bench/fanout/postCost.ts";
import { startStandIn } from "../bench/fanout/standIn.ts";
import { machine } from "../bench/outcome.ts";
import { limits } from "../lib/protocol/limits.ts";
import { forgetAwsSettings } from "../local/awsSettings.ts";
import { parseCommandLine, runCommand } from "../local/commandLine.ts";
import { startDatabase } from "../local/emulator/database/database.ts";
import { dynamodbLocalJar } from "../local/emulator/database/dynamodbLocalJar.ts";
import { startError } from "../local/startError.ts";
import {
  type Measured,
  type MeasuredTimes,
  measuredPath,
  readMeasured,
  toJson,
} from "./measured.ts";
import { measureAppends } from "./measuring/appendCeiling.ts";
import { measureAttacks } from "./measuring/attacks.ts";
import { measureUnits } from "./measuring/units.ts";
import { capacityFiles, type WrittenFile } from "./page/files.ts";
import { grid } from "./page/markdown.ts";
import { backTable, movesTable, pressTable } from "./page/scaleTables.ts";
import { largeScale, measureScale, quickScale, smallScale } from "./simulation/measureScale.ts";
import type { Scale } from "./simulation/scenarios.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const operation = "compute the capacity";
const usage = `Usage: npm run capacity -- [--quick]
       npm run capacity -- simulate [--quick] [--users N] [--gateways N] [--seed N]

  Without a word: counts what every action takes, times table requests and posts on this machine,
  and writes docs/capacity.md.
  simulate: lets a million users on a hundred gateways lose their connections and come back, and
  writes docs/capacity.md. At any other scale it prints the tables and writes nothing.

  --quick   counts everything, and keeps the times that were measured last; or simulates 20,000
            users on 20 gateways`;

forgetAwsSettings();

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      users: { type: "string" },
      gateways: { type: "string" },
      seed: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const [command, ...more] = positionals;
  const options = scaleOptions(values);
  if (command === "simulate" && more.length === 0) return simulate(values.quick, options);
  if (command !== undefined) throw startError(`the only command is simulate`, operation);
  if (Object.keys(options).length > 0) {
    throw startError("--users, --gateways and --seed are options of simulate", operation);
  }
  await measure(values.quick);
});

function scaleOptions(values: Readonly<Record<string, unknown>>): Partial<Scale> {
  const options: Partial<Scale> = {};
  for (const name of ["users", "gateways", "seed"] as const) {
    const value = values[name];
    if (value === undefined) continue;
    if (!/^[1-9]\d{0,6}$/.test(String(value))) {
      throw startError(`--${name} takes a whole number, not "${value}"`, operation);
    }
    options[name] = Number(value);
  }
  const { gateways = 2 } = options;
  if (gateways < 2 || gateways >= limits.gatewaysMax) {
    throw startError(`--gateways takes 2 to ${limits.gatewaysMax - 1}`, operation);
  }
  return options;
}

async function measure(isQuick: boolean): Promise<void> {
  const load = loadavg()[0] ?? 0;
  // Not stopped: it ends with this process.
  const { endpoint } = await startDatabase({ kind: "dynalite" });
  const units = await measureUnits(endpoint);
  const attacks = await measureAttacks(endpoint);
  const kept = await readMeasured();
  const times = isQuick ? kept.times : await measureTimes(load);
  await write([
    { path: measuredPath("units"), content: toJson(units) },
    { path: measuredPath("attacks"), content: toJson(attacks) },
    { path: measuredPath("times"), content: toJson(times) },
    ...capacityFiles({ ...kept, units, attacks, times }),
  ]);
}

async function measureTimes(load: number): Promise<MeasuredTimes> {
  process.env["DYNAMODB_LOCAL_DIR"] ??= await dynamodbLocalJar();
  const dynalite = await startDatabase({ kind: "dynalite" });
  const { steps } = await measureAppends(dynalite.endpoint);
  await dynalite.stop();
  // The CPU of a table request is taken here: dynalite's own work would be in this process, too.
  const local = await startDatabase({ kind: "local" });
  const { steps: localSteps, cpuMsPerTableRequest } = await measureAppends(local.endpoint);
  await local.stop();
  const appends = { dynalite: steps, "DynamoDB Local": localSteps };
  return {
    machine: machine(),
    load,
    cpuMsPerTableRequest,
    cpuMsPerPost: await measurePost(),
    appends,
  };
}

async function measurePost(): Promise<number> {
  const standIn = await startStandIn();
  try {
    return (await measureWarm(standIn, { rounds: 3, share: 0.1 })).ours / 1_000;
  } finally {
    await standIn.stop();
  }
}

async function simulate(isQuick: boolean, options: Partial<Scale>): Promise<void> {
  const scale = { ...(isQuick ? quickScale : largeScale), ...options };
  const large = await measureScale(scale, (title) => console.error(title));
  for (const table of [backTable(large), pressTable(large), movesTable(large)]) {
    console.log(`${grid(table)}\n`);
  }
  if (isQuick || Object.keys(options).length > 0) return;
  const measured: Measured = {
    ...(await readMeasured()),
    scale: { large, small: await measureScale(smallScale) },
  };
  await write([
    { path: measuredPath("scale"), content: toJson(measured.scale) },
    ...capacityFiles(measured),
  ]);
}

async function write(files: readonly WrittenFile[]): Promise<void> {
  for (const { path, content } of files) {
    await writeFile(join(root, path), content);
    console.log(`${path} written`);
  }
}
