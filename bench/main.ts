/**
 * `npm run bench -- NAME`. Each bench is loaded only when it is asked for: one that measures start
 * times must not find what another one loaded. Exits with 1 when a bar is missed.
 */
import { writeFile } from "node:fs/promises";
import { forgetAwsSettings } from "../local/awsSettings.ts";
import { parseCommandLine, runCommand } from "../local/commandLine.ts";
import { startError } from "../local/startError.ts";
import { type Bench, hasMissed, isMet, machine, type Outcome, toMarkdown } from "./outcome.ts";
import { runIntoPage } from "./page.ts";

const operation = "run a bench";
const benches: Record<string, () => Promise<Bench>> = {
  latency: () => import("./latency.ts"),
  units: () => import("./units.ts"),
  size: () => import("./size.ts"),
  tables: () => import("./tables.ts"),
  fanout: () => import("./fanout.ts"),
  storm: () => import("./storm.ts"),
  changes: () => import("./changes.ts"),
  sweep: () => import("./sweep.ts"),
  restore: () => import("./restore.ts"),
  trace: () => import("./trace.ts"),
  report: () => import("./report.ts"),
};

forgetAwsSettings();

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: {
      json: { type: "string" },
      quick: { type: "boolean", default: false },
      page: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  const [name, ...more] = positionals;
  if (name === undefined || values.help) return console.log(await usage());
  if (!Object.hasOwn(benches, name) || more.length > 0) {
    throw startError(`choose one of ${Object.keys(benches).join(", ")}`, operation);
  }
  // Before the bench, not after minutes of it.
  if (values.json !== undefined) await write(values.json, "");
  const bench = await benches[name]?.();
  if (bench === undefined) return;
  const outcome = await (values.page
    ? runIntoPage(name, bench, values.quick)
    : bench.run(values.quick));
  console.log(`${toMarkdown(outcome)}\n\n${machine()}`);
  if (values.json !== undefined) await write(values.json, toJson(name, values.quick, outcome));
  if (hasMissed(outcome)) process.exitCode = 1;
});

async function write(file: string, content: string): Promise<void> {
  await writeFile(file, content).catch((error: Error) => {
    throw startError(`${file} cannot be written; ${error.message}`, operation);
  });
}

async function usage(): Promise<string> {
  const listed = Object.entries(benches).map(async ([name, load]) => {
    const { about } = await load();
    return `  ${name.padEnd(10)}${about}`;
  });
  return [
    "Usage: npm run bench -- NAME [--quick] [--page] [--json FILE]",
    "",
    ...(await Promise.all(listed)),
    "",
    "  --quick     smaller samples: a first look",
    "  --page      write what is printed into its section of docs/performance.md",
    "  --json FILE write what is printed to FILE, for programs",
  ].join("\n");
}

function toJson(bench: string, isQuick: boolean, outcome: Outcome): string {
  const { tables, notes } = outcome;
  const bars = outcome.bars.map((bar) => ({ ...bar, isMet: isMet(bar) }));
  const content = { bench, isQuick, machine: machine(), tables, bars, notes };
  return `${JSON.stringify(content, null, 2)}\n`;
}
