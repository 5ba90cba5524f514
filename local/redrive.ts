/**
 * Gives what `fanOut` and `announce` gave up to them again, when what made them fail is over:
 *
 *     npm run redrive -- --queue <UndeliveredQueueUrl> --dry-run
 *
 * It can be stopped at any time and run again. What it had in hand is seen again an hour later.
 */
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { redrive } from "./operate/redrive.ts";
import { redrivePorts } from "./operate/redrivePorts.ts";
import { startError } from "./startError.ts";

const operation = "redrive";
const usage = `Usage: npm run redrive -- --queue URL [options]

  --queue URL          UndeliveredQueueUrl, as a deployment's \`info\` names it; with the shell's
                       AWS credentials and region
  --dry-run            only say what there is to redrive
  --discard-expired    remove what the stream has forgotten: it holds its records for a day`;

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      queue: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      "discard-expired": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { queue } = values;
  if (queue === undefined) throw startError("--queue names no queue", operation);
  if (!URL.canParse(queue)) throw startError(`--queue is no URL: "${queue}"`, operation);
  // Otherwise the SDK prints a notice about Node 20 on every run.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const ports = redrivePorts(queue);
  try {
    const { redriven, failed, expired, unreadable } = await redrive(ports, {
      isDryRun: values["dry-run"],
      discardsExpired: values["discard-expired"],
      progress: (text) => console.error(text),
    });
    const others = `${failed} failed, ${expired} expired, ${unreadable} unreadable`;
    console.log(`${redriven} ${values["dry-run"] ? "to redrive" : "redriven"}, ${others}`);
    if (failed > 0) throw startError("functions failed again, and their letters stay", operation);
  } finally {
    ports.close();
  }
});
