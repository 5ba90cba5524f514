/**
 * Restores the Rooms table of a deployment to a point in time, into a table of another name:
 *
 *     npm run restore -- --from parley-prod-Rooms-1A2B --as restored --to 2026-11-25T12:00:00Z
 *
 * It can be stopped at any time, and run again: it goes on where it was. It switches no deployment;
 * what to do for that it prints at the end. `--drill` tries all that, and removes the table again.
 */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { restore } from "./operate/restore.ts";
import { restorePorts } from "./operate/restorePorts.ts";
import { startError } from "./startError.ts";

const operation = "restore";
const usage = `Usage: npm run restore -- --from TABLE --as TABLE --to TIME [options]

  --from TABLE         the table to restore, with the shell's AWS credentials and region
  --as TABLE           the table to make
  --to TIME            such as 2026-11-25T12:00:00Z, or latest
  --drill              try it: restore, verify, say how long it took, and remove --as again
  --dry-run            only say what would be restored`;

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      from: { type: "string" },
      as: { type: "string" },
      to: { type: "string" },
      drill: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const from = tableNamed("--from", values.from);
  const as = tableNamed("--as", values.as);
  const atMs = timeOf(values.to);
  // Otherwise the SDK prints a notice about Node 20 on every run.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const client = new DynamoDBClient();
  const progress = (text: string) => console.error(text);
  const fault = (room: string, what: string) => console.error(`${room}: ${what}`);
  try {
    const done = await restore(restorePorts(client, { fault, progress }), {
      ...{ from, as, atMs, progress },
      isDrill: values.drill,
      isDryRun: values["dry-run"],
    });
    if (done === undefined) return;
    const { faults, events, rooms } = done.verified;
    const counts = `${faults} faults in ${events} events of ${rooms} rooms`;
    if (faults > 0) throw startError(counts, operation);
    console.log(counts);
    if (!values.drill) console.log(nextSteps(from, as, done.streamArn));
  } finally {
    client.destroy();
  }
});

const nextSteps = (
  from: string,
  as: string,
  streamArn = "",
) => `To work on it, say in the file of the stage
  ROOMS_TABLE: ${as}
  ROOMS_STREAM_ARN: ${streamArn}
and deploy: GIVE_UP=${from} npx serverless deploy …`;

function tableNamed(option: string, name: string | undefined): string {
  if (name !== undefined && /^[A-Za-z0-9_.-]{3,255}$/.test(name)) return name;
  throw startError(`${option} names no table`, operation);
}

function timeOf(text: string | undefined): number | "latest" {
  if (text === "latest") return text;
  const isWhole = text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z$/.test(text);
  const atMs = isWhole ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw startError("--to takes a time such as 2026-11-25T12:00:00Z, or latest", operation);
  }
  return atMs;
}
