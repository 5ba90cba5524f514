/**
 * `npm run mutants`: the product said wrong in one place at a time, to see that a test notices.
 * Ends with 1 when one that is not listed survives, one that is listed does not, or nothing can be
 * said of one.
 */
import { parseCommandLine, runCommand } from "../../local/commandLine.ts";
import { startError } from "../../local/startError.ts";
import { type Patch, patched } from "./patch.ts";
import { type Piece, pieceNames, pieces, survivors } from "./pieces.ts";
import { type Outcome, runPatches } from "./run.ts";

const operation = "run the mutants";
const usage = `Usage: npm run mutants -- [options] [piece …]

  piece            ${pieceNames.join(", ")} (default: all of them)
  --only WORDS     only those whose name has these words
  --workers N      test files at once (default 2)
  --list           name them, and run nothing
  --help           show this`;

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
  for (const patch of patches) patched(patch);
  if (values.list) {
    for (const { file, what } of patches) console.log(`${file}: ${what}`);
    return;
  }
  if (patches.length === 0) throw startError(`no mutant has "${values.only}"`, operation);
  const outcome = await runPatches(patches, {
    workers,
    onFate: (what, fate) => console.log(`${fate.padEnd(8)} ${what}`),
  });
  const faults = faultsOf(outcome);
  for (const fault of faults) console.error(`\n${fault}`);
  const killed = [...outcome.fates.values()].filter((fate) => fate === "killed").length;
  console.log(`\n${killed} killed of ${patches.length}, ${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
});

function faultsOf({ fates, failing }: Outcome): string[] {
  const ofMutants = [...fates].flatMap(([what, fate]) => {
    const reason = survivors[what];
    if (fate === "survived" && reason === undefined) return `no test notices that ${what}`;
    if (fate !== "survived" && reason !== undefined) {
      return `${what}: ${fate}, and yet listed among the survivors (${reason})`;
    }
    if (fate === "hung") return `${what}: noticed only by a test whose time was up`;
    if (fate === "broken") return `${what}: its tests cannot be loaded`;
    return [];
  });
  return [...failing.map((test) => `fails without a patch: ${test}`), ...ofMutants];
}
