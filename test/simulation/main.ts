/**
 * `npm run simulate`: long runs of the simulated service, or every order of its small cases. Ends
 * with 1 when a promise was broken.
 */
import { parseCommandLine, runCommand } from "../../local/commandLine.ts";
import { startError } from "../../local/startError.ts";
import { smallCases } from "./cases/all.ts";
import { type LongRun, longRun } from "./longRun.ts";
import { exploreCase, wanderCase } from "./smallCase.ts";

const operation = "simulate";
const usage = `Usage: npm run simulate -- [options]

  --seed N     one long run, the same each time (default: a new seed)
  --steps N    its length (default 20000)
  --runs N     so many seeds, one after the other (default 1)

  --cases      every order of the small cases instead
  --kills N    with up to so many operations killed (default: the case's own)
  --orders N   the first orders of each only (default 1000000)
  --random N   and so many random ones, where those were not all (default 1000)
  --help       show this`;

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      seed: { type: "string" },
      steps: { type: "string", default: "20000" },
      runs: { type: "string", default: "1" },
      cases: { type: "boolean", default: false },
      orders: { type: "string", default: "1000000" },
      kills: { type: "string" },
      random: { type: "string", default: "1000" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const number = (name: string, value: string) => {
    if (/^\d{1,9}$/.test(value)) return Number(value);
    throw startError(`--${name} takes a whole number, not "${value}"`, operation);
  };
  if (values.cases) {
    const kills = values.kills === undefined ? undefined : number("kills", values.kills);
    await tryCases(kills, number("orders", values.orders), number("random", values.random));
  } else {
    const seed = number("seed", values.seed ?? String(Date.now() % 1_000_000));
    await tryRuns(seed, number("steps", values.steps), number("runs", values.runs));
  }
});

async function tryRuns(first: number, steps: number, runs: number): Promise<void> {
  for (let seed = first; seed < first + runs; seed += 1) {
    const run = await longRun({ seed, steps });
    const counts = Object.entries(run.counts).map(([what, count]) => `${count} ${what}`);
    console.log(`seed ${seed}, ${steps} steps, trace ${run.hash}: ${counts.join(", ")}`);
    console.log(`  ${run.violations.length} violations`);
    if (run.violations.length > 0) {
      process.exitCode = 1;
      await tell(seed, steps, run);
    }
  }
}

/** The shortest run of the seed that shows it, of those that halving finds. */
async function tell(seed: number, steps: number, run: LongRun): Promise<void> {
  let [shortest, needed] = [run, steps];
  for (let tried = Math.floor(steps / 2); tried >= 100; tried = Math.floor(tried / 2)) {
    const shorter = await longRun({ seed, steps: tried });
    if (shorter.violations.length === 0) break;
    [shortest, needed] = [shorter, tried];
  }
  for (const { promise, story } of shortest.violations)
    console.log(`  promise ${promise}: ${story}`);
  const names = shortest.violations.flatMap((one) => [one.connection ?? [], one.room ?? []].flat());
  const about = shortest.trace.filter((line) => names.some((name) => line.includes(name)));
  console.log(`  the last steps that touch ${[...new Set(names)].join(", ")}:`);
  for (const line of about.slice(-60)) console.log(`    ${line}`);
  console.log(`  again: npm run simulate -- --seed ${seed} --steps ${needed}`);
}

async function tryCases(
  killsMax: number | undefined,
  ordersMax: number,
  randomOrders: number,
): Promise<void> {
  for (const small of smallCases) {
    const kills = killsMax ?? small.kills;
    const { orders, findings, isBounded } = await exploreCase(small, { kills, ordersMax });
    const random = isBounded ? randomOrders : 0;
    findings.push(...(await wanderCase(small, { kills, orders: random, seed: 1 })));
    const bound = isBounded ? `, bounded, and ${random} random ones` : "";
    const what = `${small.title}, ${kills} killed`;
    console.log(`${what}: ${orders} orders${bound}, ${findings.length} wrong`);
    for (const { what, choices } of findings.slice(0, 3)) {
      console.log(`  ${what.join("\n  ")}\n    ${choices.join("\n    ")}`);
    }
    if (findings.length > 0) process.exitCode = 1;
  }
}
