/**
 * Turns the arguments of `npm start` into the environment of the emulator, and checks everything
 * that can be checked before the emulator starts: there, a failure would be a stack trace.
 */
import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseCommandLine } from "./commandLine.ts";
import { makeFolder } from "./emulator/database/database.ts";
import { checkDynamodbLocal } from "./emulator/database/dynamodbLocal.ts";
import { readGatewaysFile } from "./gatewaysFile.ts";
import { checkPortsAreFree } from "./listeners.ts";
import { type LocalSettings, readSettings } from "./settings.ts";
import { startError } from "./startError.ts";

export const usage = `Usage: npm start -- [options]

  --port N           HTTP on N (default 3000), WebSocket on N+1, Lambda on N+2, DynamoDB on N+3,
                     the chat page on N+4
  --host ADDRESS     also listen on this address of this machine, or on all of them (0.0.0.0).
                     Anybody there can be any user, because the development secret is published
  --data DIR         keep the data in DIR across restarts (default: in memory)
  --dynamodb local   use Amazon's DynamoDB Local (Java 17), from the folder in DYNAMODB_LOCAL_DIR,
                     else downloaded
  --dynamodb URL     use the DynamoDB endpoint at URL
  --gateway faithful use a gateway that behaves as AWS does, in place of serverless offline
  --message-requests hold a stranger's first message until its recipient accepts it
  --reserved NAMES   keep names of public rooms for tokens with rooms:admin: support,official-*
  --gateways FILE    let GET /gateway choose from the gateways in FILE, such as several copies
  --verbose          show every invocation
  --help             show this`;

/** Undefined when help is asked for. @throws StartError */
export async function startSettings(
  args: string[],
  shell: NodeJS.ProcessEnv,
): Promise<{ settings: LocalSettings; env: NodeJS.ProcessEnv } | undefined> {
  const { values } = parseCommandLine("start", {
    args,
    options: {
      port: { type: "string" },
      host: { type: "string" },
      data: { type: "string" },
      dynamodb: { type: "string" },
      gateway: { type: "string" },
      gateways: { type: "string" },
      reserved: { type: "string" },
      "message-requests": { type: "boolean" },
      verbose: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  const { help, verbose, "message-requests": holdsRequests, ...named } = values;
  if (help) return undefined;
  const env = { ...shell };
  for (const [name, value] of Object.entries(named)) env[`PARLEY_${name.toUpperCase()}`] = value;
  if (verbose) env["PARLEY_VERBOSE"] = "1";
  if (holdsRequests) env["PARLEY_MESSAGE_REQUESTS"] = "1";
  env["PARLEY_SERVES_PAGE"] = "1";

  const settings = readSettings(env);
  const { pagePort: page, host, database, gateway, gatewaysFile, isVerbose } = settings;
  const ports = { ...settings.ports, ...(page !== undefined && { page }) };
  if (gatewaysFile !== undefined) await readGatewaysFile(gatewaysFile);
  const { dynamodb, ...emulatorPorts } = ports;
  await checkPortsAreFree(database.kind === "endpoint" ? emulatorPorts : ports, host);
  if (database.kind === "local") await checkDynamodbLocal();
  if (gateway === "offline") checkHome(env["HOME"] ?? homedir());

  env["SLS_LOG_LEVEL"] ??= isVerbose ? "notice" : "error";
  return { settings, env };
}

/** `serverless` caches what it compiled in the home folder, and fails with a stack if it cannot. */
function checkHome(home: string): void {
  const folder = join(home, ".serverless");
  try {
    makeFolder(folder);
    accessSync(folder, constants.W_OK);
  } catch {
    throw startError(`${folder} cannot be written; set HOME to a folder that can`);
  }
}
