/**
 * `npm run mutants`: puts one mistake at a time into the product, to see that a test notices it.
 * Exits with 1 when no test notices a mistake, or a mistake could not be tried.
 */
import { parseCommandLine, runCommand } from "../../local/commandLine.ts";
import { startError } from "../../local/startError.ts";
import { type Patch, reasonNotToApply } from "./patch.ts";
import { type Piece, pieceNames, pieces } from "./pieces.ts";
import { type Fate, runPatches } from "./run.ts";

const operation = "run the mutants";
const usage = `Usage: npm run mutants -- [options] [piece …]

  piece            ${pieceNames.join(", ")} (default: all of them)
  --only WORDS     only mutants whose name contains these words
  --workers N      test files at once (default 2)
  --list           list the mutants, run nothing
  --help           show this`;

const meanings: Record<Exclude<Fate, "killed">, string> = {
  survived: "no test notices",
  hung: "noticed only by a test that timed out",
  broken: "its file or its tests cannot be loaded",
};

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: {
      only: { type: "string", default: "" },
      workers: { type: "string", default: "2" },
      list: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const unknown = positionals.find((name) => !pieceNames.includes(name as Piece));
  if (unknown !== undefined) {
    throw startError(`there is no piece "${unknown}", only ${pieceNames.join(", ")}`, operation);
  }
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 1) {
    throw startError(`--workers takes a number, not "${values.workers}"`, operation);
  }
  const wanted = (positionals.length > 0 ? positionals : pieceNames) as Piece[];
  const patches = wanted
    .flatMap((piece): readonly Patch[] => pieces[piece])
    .filter(({ what }) => what.includes(values.only));
  if (values.list) {
    for (const { file, what } of patches) console.log(`${file}: ${what}`);
    return;
  }
  if (patches.length === 0) throw startError(`no mutant has "${values.only}"`, operation);
  const faults = patches.flatMap((patch) => reasonNotToApply(patch) ?? []);
  const { fates, failing } = await runPatches(
    patches.filter((patch) => reasonNotToApply(patch) === undefined),
    { workers, onFate: (what, fate) => console.log(`${fate.padEnd(8)} ${what}`) },
  );
  faults.push(...failing.map((test) => `fails without a mutant: ${test}`));
  for (const [what, fate] of fates)
    if (fate !== "killed") faults.push(`${what}: ${meanings[fate]}`);
  for (const fault of faults) console.error(`\n${fault}`);
  const killed = [...fates.values()].filter((fate) => fate === "killed").length;
  console.log(`\n${killed} killed of ${patches.length}, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
});
