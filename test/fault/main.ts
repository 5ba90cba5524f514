/**
 * `npm run chaos`: the fault lab from a terminal. Ends with 1 when a promise was broken; a Ctrl-C
 * ends the faults, and what happened until then is checked as it would have been later. A second
 * one ends everything at once.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { parseCommandLine, runCommand } from "../../local/commandLine.ts";
import { dynamodbLocalJar } from "../../local/emulator/database/dynamodbLocalJar.ts";
import { startError } from "../../local/startError.ts";
import { type LabReport, runLab } from "./lab.ts";
import { createView, summaryOf } from "./view.ts";

const operation = "run the fault lab";
const ackedMax = 10_000_000;
const secondsMax = 24 * 3_600;

const usage = `Usage: npm run chaos -- [options]

  --seed N              the same faults again (default: a new seed)
  --seconds S           how long things go wrong (default 60; with --acked: as long as it takes)
  --acked N             until so many messages are acked
  --users N             how many people there are, 4 to 500 (default 12)
  --gateways N          how many gateways they are on, 1 to 4 (default 2)
  --faults P            of 1000 requests to the database, and of posts, how many fail (default 20)
  --database local      Amazon's DynamoDB Local (Java 17) in place of dynalite
  --history FILE        write all that clients asked and were told, a line of JSON each
  --verbose             show what the functions write, on stderr
  --help                show this`;

await runCommand(async () => {
  const { values } = parseCommandLine("run the fault lab", {
    options: {
      seed: { type: "string" },
      seconds: { type: "string" },
      acked: { type: "string" },
      users: { type: "string", default: "12" },
      gateways: { type: "string", default: "2" },
      faults: { type: "string", default: "20" },
      database: { type: "string", default: "dynalite" },
      history: { type: "string" },
      verbose: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { database } = values;
  if (database !== "dynalite" && database !== "local") {
    throw startError(`--database takes "dynalite" or "local", not "${database}"`, operation);
  }
  if (database === "local") process.env["DYNAMODB_LOCAL_DIR"] ??= await dynamodbLocalJar();
  const seed = numberFrom("seed", values.seed ?? String(Date.now() % 1_000_000), 0, 2 ** 31);
  const acked = numberFrom("acked", values.acked ?? String(ackedMax), 1, ackedMax);
  const secondsDefault = values.acked === undefined ? 60 : secondsMax;
  const seconds = numberFrom("seconds", values.seconds ?? String(secondsDefault), 1, secondsMax);
  const users = numberFrom("users", values.users, 4, 500);
  const gateways = numberFrom("gateways", values.gateways, 1, 4);
  const faultRate = numberFrom("faults", values.faults, 0, 500) / 1_000;

  let isInterrupted = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isInterrupted) process.exit(1);
      isInterrupted = true;
    });
  }
  const view = createView(seed);
  const report = await runLab({
    seed,
    users,
    database,
    gateways,
    faultRate,
    output: values.verbose ? "inherit" : "ignore",
    onPhase: view.enter,
    isOver(progress) {
      view.show(progress);
      return isInterrupted || progress.acked >= acked || progress.elapsedMs >= seconds * 1_000;
    },
  }).finally(view.end);
  if (values.history !== undefined) writeHistory(values.history, report);
  for (const line of summaryOf(seed, report)) console.log(line);
  if (report.violations.length > 0) process.exitCode = 1;
});

function writeHistory(file: string, { history }: LabReport): void {
  const out = openSync(file, "w");
  for (const [at, entry] of history.entries.entries()) {
    writeSync(out, `${JSON.stringify({ at, ms: history.times[at], ...entry })}\n`);
  }
  closeSync(out);
}

function numberFrom(option: string, text: string, min: number, max: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  const range = `a whole number from ${min} to ${max}`;
  throw startError(`--${option} takes ${range}, not "${text}"`, operation);
}
