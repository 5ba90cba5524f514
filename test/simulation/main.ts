/**
 * `npm run simulate -- --seed N [--steps S]`: one long run, the same each time. Without a seed, new
 * seeds for as many `--runs` as asked for. `--cases` tries every order of the small cases, or the
 * first `--orders` of each and so many `--random` ones, with up to one operation killed, or
 * `--kills`. Ends with 1 when a promise was broken.
 */
import { parseArgs } from "node:util";
import { smallCases } from "./cases/all.ts";
import { type LongRun, longRun } from "./longRun.ts";
import { exploreCase, wanderCase } from "./smallCase.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    steps: { type: "string", default: "20000" },
    runs: { type: "string", default: "1" },
    cases: { type: "boolean", default: false },
    orders: { type: "string", default: "1000000" },
    kills: { type: "string" },
    random: { type: "string", default: "1000" },
  },
});

if (values.cases) await tryCases();
else await tryRuns(values.seed === undefined ? Date.now() % 1_000_000 : Number(values.seed));

async function tryRuns(first: number): Promise<void> {
  const steps = Number(values.steps);
  for (let seed = first; seed < first + Number(values.runs); seed += 1) {
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

async function tryCases(): Promise<void> {
  for (const small of smallCases) {
    const kills = values.kills === undefined ? small.kills : Number(values.kills);
    const result = await exploreCase(small, { kills, ordersMax: Number(values.orders) });
    const { orders, findings, isBounded } = result;
    const random = isBounded ? Number(values.random) : 0;
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
