/**
 * `npm run cluster`: several gateways on this machine, to try out, or to watch a story played
 * on them. The tests' checker, which `demo/` imports, judges the story.
 */
import { forgetAwsSettings } from "../awsSettings.ts";
import { parseCommandLine, runCommand } from "../commandLine.ts";
import { readSettings } from "../settings.ts";
import { startError } from "../startError.ts";
import { watch } from "./demo/watch.ts";
import { operate } from "./operate.ts";

const operation = "start a cluster";
const gatewaysMax = 16;

const usage = `Usage: npm run cluster -- [options]

  --gateways N       the number of gateways at first, 1 to ${gatewaysMax} (default 3)
  --gateway KIND     faithful (default): behaves as AWS does, and counts its traffic;
                     offline: serverless offline, which does not count
  --port N           the first gateway is on N to N+2, the database on N+3, the second gateway on
                     N+4 to N+6, and so on (default 3000)
  --verbose          show the output of the functions

  --demo             play a story on it: users on all gateways talk, one gateway is killed, one is
                     added, one is drained. The last line is the verdict; exits with 1 if a
                     promise broke
  --seed N           repeat the users and choices of a run (default: a new seed)
  --users N          the number of users, 8 to 200 (default 16)
  --messages N       the least number of messages in each part of the story (default 80)
  --pause MS         the pause after each request of a client (default 100)
  --help             show this`;

forgetAwsSettings();

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      gateways: { type: "string", default: "3" },
      gateway: { type: "string", default: "faithful" },
      port: { type: "string", default: "3000" },
      verbose: { type: "boolean", default: false },
      demo: { type: "boolean", default: false },
      seed: { type: "string" },
      users: { type: "string", default: "16" },
      messages: { type: "string", default: "80" },
      pause: { type: "string", default: "100" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { ports, gateway } = readSettings({
    PARLEY_PORT: values.port,
    PARLEY_GATEWAY: values.gateway,
  });
  const gateways = numberFrom("gateways", values.gateways, values.demo ? 2 : 1, gatewaysMax);
  const options = { gateways, gateway, port: ports.http, isVerbose: values.verbose };
  if (!values.demo) return operate(options);
  if (gateway === "offline") {
    throw startError("--demo needs faithful gateways: serverless offline has no handlers that die");
  }
  await watch({
    ...options,
    seed: numberFrom("seed", values.seed ?? String(Date.now() % 1_000_000), 0, 2 ** 31),
    users: numberFrom("users", values.users, 8, 200),
    messages: numberFrom("messages", values.messages, 1, 1_000_000),
    pauseMs: numberFrom("pause", values.pause, 0, 60_000),
  });
});

function numberFrom(option: string, text: string, min: number, max: number): number {
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  const range = `a whole number from ${min} to ${max}`;
  throw startError(`--${option} takes ${range}, not "${text}"`, operation);
}
