/**
 * The size of each function's bundle, as it is packaged for AWS, and what loading it costs a cold
 * start: the import alone, in plain Node on this machine, in a process that has loaded nothing
 * else. Lambda adds what it takes to fetch and unpack the code.
 */
import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { functionNames } from "../test/package/functions.ts";
import { packageProject } from "../test/package/packaged.ts";
import type { Outcome } from "./outcome.ts";
import { mediansInTurns, timeOf } from "./sample.ts";

const hotPath = "send";
const kilobytesMost = 1_000;
const bareNode = "a process with nothing in it";
const node = (...args: string[]) => promisify(execFile)(process.execPath, args);

export const about = "each function's bundle, and what importing it costs a cold start";

export async function run(isQuick: boolean): Promise<Outcome> {
  const packaged = await packageProject();
  try {
    const bundles = await Promise.all(
      functionNames.map(async (name) => ({ name, ...(await packaged.bundle(name)) })),
    );
    const medianOf = await mediansInTurns(
      {
        [bareNode]: () => timeOf(() => node("-e", "")),
        ...Object.fromEntries(bundles.map(({ name, path }) => [name, () => importTime(path)])),
      },
      isQuick ? 3 : 15,
    );
    const kilobytes = (code: string) => Buffer.byteLength(code) / 1_000;
    const rows = bundles.map(({ name, code }) => ({
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
      ],
      notes: [],
    };
  } finally {
    await packaged.remove();
  }
}

/** Measured inside the new process, which leaves out the start of Node. */
async function importTime(path: string): Promise<number> {
  const url = JSON.stringify(pathToFileURL(path));
  const script = `const at = performance.now(); await import(${url});
    console.log(performance.now() - at);`;
  const { stdout } = await node("--input-type=module", "-e", script);
  return Number(stdout);
}
