/**
 * `npm start`: `serverless offline`, or the faithful gateway, made comfortable. What can be checked
 * is checked first and said in one line; then the emulator runs in a process of its own, which also
 * does the greeting, and which ends with this one, however this one ends.
 */
import type { ChildProcess } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { checkDynamodbLocal } from "./emulator/database/dynamodbLocal.ts";
import { makeFolder } from "./emulator/folders.ts";
import { startEmulator } from "./emulatorProcess.ts";
import { endWithNpm } from "./endWithNpm.ts";
import { readGatewaysFile } from "./gatewaysFile.ts";
import { checkPortsAreFree } from "./ports.ts";
import { readSettings } from "./settings.ts";
import { refusalExitCode, startError } from "./startError.ts";

const usage = `Usage: npm start -- [options]

  --port N           HTTP on N (default 3000), WebSocket on N+1, Lambda on N+2, DynamoDB on N+3
  --host ADDRESS     let others in at this address of this machine, or at all of them (0.0.0.0).
                     Anybody there can be any user, because the development secret is published
  --data DIR         keep the data in DIR across restarts (default: in memory)
  --dynamodb local   use Amazon's DynamoDB Local (Java 17), from the folder in DYNAMODB_LOCAL_DIR,
                     else downloaded
  --dynamodb URL     use the DynamoDB endpoint at URL
  --gateway faithful use a gateway that does what AWS does, in place of serverless offline
  --gateways FILE    let GET /gateway choose from the gateways in FILE, such as several copies
  --verbose          show every invocation
  --help             show this`;

const endTimeoutMs = 5000;

await runCommand(async () => {
  const { values } = parseCommandLine("start", {
    options: {
      port: { type: "string" },
      host: { type: "string" },
      data: { type: "string" },
      dynamodb: { type: "string" },
      gateway: { type: "string" },
      gateways: { type: "string" },
      verbose: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);

  const env: NodeJS.ProcessEnv = { ...process.env };
  if (values.port !== undefined) env["PARLEY_PORT"] = values.port;
  if (values.host !== undefined) env["PARLEY_HOST"] = values.host;
  if (values.data !== undefined) env["PARLEY_DATA"] = values.data;
  if (values.dynamodb !== undefined) env["PARLEY_DYNAMODB"] = values.dynamodb;
  if (values.gateway !== undefined) env["PARLEY_GATEWAY"] = values.gateway;
  if (values.gateways !== undefined) env["PARLEY_GATEWAYS"] = values.gateways;
  if (values.verbose) env["PARLEY_VERBOSE"] = "1";

  const { ports, host, database, gateway, gatewaysFile, isVerbose } = readSettings(env);
  if (gatewaysFile !== undefined) await readGatewaysFile(gatewaysFile);
  const { dynamodb, ...emulatorPorts } = ports;
  await checkPortsAreFree(database.kind === "endpoint" ? emulatorPorts : ports, host);
  if (database.kind === "local") await checkDynamodbLocal();
  if (gateway === "offline") checkHome();

  env["SLS_LOG_LEVEL"] ??= isVerbose ? "notice" : "error";
  const emulator = startEmulator(gateway, env, "inherit");
  endTogether(emulator);
});

/** `serverless` keeps what it has compiled there, and ends with a stack when it cannot. */
function checkHome(): void {
  const folder = join(homedir(), ".serverless");
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch {
    throw startError(`${folder} cannot be written; set HOME to a folder that can`);
  }
}

function endTogether(emulator: ChildProcess): void {
  let isEnding = false;
  const end = () => {
    // A second Ctrl-C: somebody is impatient.
    if (isEnding) emulator.kill("SIGKILL");
    isEnding = true;
    emulator.kill("SIGTERM");
    setTimeout(() => emulator.kill("SIGKILL"), endTimeoutMs).unref();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  endWithNpm(end);

  emulator.once("exit", (code, signal) => {
    if (isEnding) process.exit(0);
    if (code !== refusalExitCode) {
      console.error(`the emulator ended by itself (${signal ?? `exit code ${code}`})`);
    }
    process.exit(1);
  });
}
