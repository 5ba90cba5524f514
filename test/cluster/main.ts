/**
 * `npm run cluster`: several gateways on this machine, to try, or to watch a story being played on
 * them. It is one entry for both, and here, because the story ends with the tests' checker.
 */
import { operate } from "../../local/cluster/operate.ts";
import { parseCommandLine, runCommand } from "../../local/commandLine.ts";
import { readSettings } from "../../local/settings.ts";
import { startError } from "../../local/startError.ts";

const operation = "start a cluster";
const gatewaysMax = 16;

const usage = `Usage: npm run cluster -- [options]

  --gateways N       how many there are at first, 1 to ${gatewaysMax} (default 3)
  --gateway KIND     faithful (default): does what AWS does, and counts what goes through it;
                     offline: serverless offline, which counts nothing
  --port N           the first gateway is on N to N+2, the database on N+3, the second gateway on
                     N+4 to N+6, and so on (default 3000)
  --verbose          show what the functions write
  --help             show this`;

// The SDK's notice about Node 20, on every run.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      gateways: { type: "string", default: "3" },
      gateway: { type: "string", default: "faithful" },
      port: { type: "string", default: "3000" },
      verbose: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { ports, gateway } = readSettings({
    PARLEY_PORT: values.port,
    PARLEY_GATEWAY: values.gateway,
  });
  const gateways = numberFrom("gateways", values.gateways, 1, gatewaysMax);
  await operate({ gateways, gateway, port: ports.http, isVerbose: values.verbose });
});

function numberFrom(option: string, text: string, min: number, max: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  const range = `a whole number from ${min} to ${max}`;
  throw startError(`--${option} takes ${range}, not "${text}"`, operation);
}
