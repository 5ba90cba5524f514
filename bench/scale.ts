/**
 * Simulates a large service whose gateways die, fill up, are added and drained, and whose users all
 * come back at once. As it is asked for without options, what comes out is kept in docs/measured/
 * and written into docs/capacity.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { capacityFiles, tableOf } from "./model/capacity.ts";
import { readMeasured, toJson } from "./model/measured.ts";
import { backTable, movesTable, pressTable } from "./model/scaleTables.ts";
import type { BenchOptions, Outcome } from "./outcome.ts";
import {
  largeScale,
  measureScale,
  quickScale,
  type ScaleRun,
  scalePath,
  smallScale,
} from "./scale/measureScale.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export const about = "a million users on a hundred gateways, simulated, into docs/capacity.md";

export async function run(isQuick: boolean, options: BenchOptions = {}): Promise<Outcome> {
  const scale = { ...(isQuick ? quickScale : largeScale), ...options };
  const began = process.cpuUsage();
  const large = await measureScale(scale, (title) => console.error(title));
  const { user, system } = process.cpuUsage(began);
  const isKept = !isQuick && Object.keys(options).length === 0;
  if (isKept) await keep(large);
  return {
    tables: [
      tableOf("Back", backTable(large)),
      tableOf("Pressing in", pressTable(large)),
      tableOf("Moved", movesTable(large)),
    ],
    bars: [],
    notes: [
      `${scale.users} users, ${scale.gateways} gateways, ${large.bytesPerUser} bytes for each ` +
        `user, ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB in all, ` +
        `${Math.round((user + system) / 1e6)} s of one processor.`,
      isKept ? `Written to docs/capacity.md and ${scalePath}.` : "Nothing was written.",
    ],
    figures: { ...large },
  };
}

async function keep(large: ScaleRun): Promise<void> {
  const scale = { large, small: await measureScale(smallScale) };
  const kept = await readMeasured(root);
  const files = [{ path: scalePath, content: toJson(scale) }, ...capacityFiles({ ...kept, scale })];
  for (const { path, content } of files) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
}
