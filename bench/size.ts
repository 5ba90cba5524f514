/**
 * The size of each function's bundle, as it is packaged for AWS, and what loading it costs a cold
 * start: the import alone, in plain Node on this machine, in a process that has loaded nothing
 * else. Lambda adds what it takes to fetch and unpack the code.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { functionNames } from "../test/package/functions.ts";
import { packageInto } from "../test/package/packaged.ts";
import type { Outcome } from "./outcome.ts";
import { mediansInTurns, timeOf } from "./sample.ts";

const hotPath = "send";
const kilobytesMost = 200;
/** Of the import with all of the SDK in the bundle. */
const importShareMost = 0.5;
const wholeSdk = `${hotPath}, with all of the SDK in it`;
const bareNode = "a process with nothing in it";
const node = (...args: string[]) => promisify(execFile)(process.execPath, args);

export const about = "each function's bundle, and what importing it costs a cold start";

export async function run(isQuick: boolean): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "parley-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const packaged = await packageInto(join(folder, "own"), {});
  const withSdk = await packageInto(join(folder, "sdk"), { POSTING_CLIENT: "sdk" });
  const bundles = await Promise.all(
    functionNames.map(async (name) => ({ name, ...(await packaged.bundle(name)) })),
  );
  const whole = await withSdk.bundle(hotPath);
  const medianOf = await mediansInTurns(
    {
      [bareNode]: () => timeOf(() => node("-e", "")),
      [wholeSdk]: () => importTime(whole.path),
      ...Object.fromEntries(bundles.map(({ name, path }) => [name, () => importTime(path)])),
    },
    isQuick ? 3 : 15,
  );
  const kilobytes = (code: string) => Buffer.byteLength(code) / 1_000;
  const rows = [...bundles, { name: wholeSdk, ...whole }].map(({ name, code }) => ({
    function: name,
    kB: kilobytes(code),
    "import, ms": medianOf(name),
    "÷ a bare start of Node": medianOf(name) / medianOf(bareNode),
  }));
  const hot = bundles.find(({ name }) => name === hotPath)?.code ?? "";
  return {
    tables: [{ title: "Each function, minified, without its source map", rows }],
    bars: [
      {
        promise: `kB of ${hotPath}`,
        measured: kilobytes(hot),
        most: kilobytesMost,
      },
      {
        promise: `importing ${hotPath}, beside ${wholeSdk}`,
        measured: medianOf(hotPath) / medianOf(wholeSdk),
        most: importShareMost,
        isAim: true,
      },
    ],
    notes: [],
  };
}

/** Measured inside the new process, which leaves out the start of Node. */
async function importTime(path: string): Promise<number> {
  const url = JSON.stringify(pathToFileURL(path));
  const script = `const at = performance.now(); await import(${url});
    console.log(performance.now() - at);`;
  const { stdout } = await node("--input-type=module", "-e", script);
  return Number(stdout);
}
