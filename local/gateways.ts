/**
 * Lists, replaces and drains the gateways of a local or deployed service, for its operator:
 *
 *     npm run gateways -- apply gateways.json
 *
 * The list is in the service's own table, so nothing is deployed. Functions see a change some
 * seconds later. The file stays the truth: no command here changes a gateway by itself, not even
 * `drain`, because the next `apply` would undo it.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoClient } from "../lib/adapters/dynamodb/client.ts";
import {
  dynamoGatewayConnections,
  dynamoGatewayList,
  replaceGateways,
} from "../lib/adapters/dynamodb/gateways.ts";
import { ChatError } from "../lib/protocol/chatError.ts";
import type { Gateway } from "../lib/protocol/gateways.ts";
import { limits } from "../lib/protocol/limits.ts";
import { clock } from "../lib/runtime.ts";
import { forgetAwsSettings } from "./awsSettings.ts";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { drainGateway } from "./drain.ts";
import { defaultTablePrefix, localClient } from "./emulator/database/tables.ts";
import { readGatewaysFile } from "./gatewaysFile.ts";
import { readSettings } from "./settings.ts";
import { StartError, startError } from "./startError.ts";

const operation = "manage the gateways";
const usage = `Usage: npm run gateways -- COMMAND [options]

  list           show the gateways, and how many connections each has
  apply FILE     let the gateways in FILE be the ones to choose from, and no others
  drain NAME     send the connections of a draining gateway elsewhere, wave by wave

  --port N             the copy that \`npm start\` runs on port N (default 3000)
  --rooms TABLE --connections TABLE
                       a deployment's tables, with the shell's AWS credentials and region
  --per-second N       how many connections drain sends away (default ${limits.drainedPerSecond})`;

interface Tables {
  client: DynamoDBClient;
  isLocal: boolean;
  rooms: string;
  connections: string;
}

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: {
      port: { type: "string" },
      rooms: { type: "string" },
      connections: { type: "string" },
      "per-second": { type: "string", default: String(limits.drainedPerSecond) },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);

  const [command, argument, ...others] = positionals;
  const isAlone = argument === undefined;
  if (others.length > 0) throw startError("name one command and what it takes", operation);
  const tables = tablesOf(values);
  try {
    if (command === "list" && isAlone) await list(tables);
    else if (command === "apply" && !isAlone) await apply(tables, argument);
    else if (command === "drain" && !isAlone) {
      await drainNamed(tables, argument, numberOf(values["per-second"]));
    } else throw startError("there is no such command (--help lists all commands)", operation);
  } catch (error) {
    throw explained(error);
  } finally {
    tables.client.destroy();
  }
});

async function list(tables: Tables): Promise<void> {
  const onGateways = dynamoGatewayConnections(named(tables, "connections"));
  const gateways = await listed(tables);
  if (gateways.length === 0) console.log("none: users get the gateway of the deployment they ask");
  for (const { name, state, weight, capacity, url, endpoint } of gateways) {
    const connections = await onGateways.count(endpoint, clock.nowMs());
    const taken = `${connections}${capacity === undefined ? "" : ` of ${capacity}`} connections`;
    console.log(`${name}  ${state}  weight ${weight}  ${taken}  ${url}`);
  }
}

async function apply(tables: Tables, path: string): Promise<void> {
  const gateways = await readGatewaysFile(path);
  await replaceGateways(named(tables, "rooms"), gateways);
  const draining = gateways.filter(({ state }) => state === "draining").length;
  console.log(`${gateways.length} gateways, of which ${draining} draining`);
}

async function drainNamed(tables: Tables, name: string, perSecond: number): Promise<void> {
  const all = await listed(tables);
  const gateway = all.find((each) => each.name === name);
  const draining = `drain ${name}`;
  if (gateway === undefined) throw startError("there is no such gateway", draining);
  if (gateway.state !== "draining") {
    throw startError(`it is ${gateway.state}; apply it as draining first`, draining);
  }
  const { told, gone, untold, isEmpty } = await drainGateway(
    gateway.endpoint,
    named(tables, "connections"),
    {
      reach: {
        endpoints: all.map(({ endpoint }) => endpoint),
        allowsLoopback: tables.isLocal,
      },
      perSecond,
      progress: (soFar) =>
        console.log(`${soFar.told} told, ${soFar.gone} gone, ${soFar.untold} not reached`),
    },
  );
  const counts = `${told} told, ${gone} gone, ${untold} not reached`;
  if (!isEmpty) throw startError(`connections keep coming back to it (${counts})`, draining);
  console.log(`${name} is empty: ${counts}`);
}

function listed(tables: Tables): Promise<Gateway[]> {
  return dynamoGatewayList(named(tables, "rooms")).list();
}

function named({ client, ...names }: Tables, table: "rooms" | "connections") {
  return { client, name: names[table] };
}

function tablesOf(values: { port?: string; rooms?: string; connections?: string }): Tables {
  const { port, rooms, connections } = values;
  if (rooms !== undefined && connections !== undefined && port === undefined) {
    // Otherwise the SDK prints a notice about Node 20 on every run.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    return { client: dynamoClient(), isLocal: false, rooms, connections };
  }
  if (rooms !== undefined || connections !== undefined) {
    throw startError("--rooms and --connections go together, without --port", operation);
  }
  const { ports } = readSettings({ ...(port !== undefined && { PARLEY_PORT: port }) });
  forgetAwsSettings();
  const client = localClient(`http://127.0.0.1:${ports.dynamodb}`);
  const prefix = defaultTablePrefix;
  const names = { rooms: `${prefix}rooms`, connections: `${prefix}connections` };
  return { client, isLocal: true, ...names };
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw startError(`--per-second takes a whole number, not "${text}"`, operation);
}

/** Turns errors that the operator can act on into one line. */
function explained(error: unknown): unknown {
  if (error instanceof StartError || !(error instanceof Error)) return error;
  const { name, code } = error as NodeJS.ErrnoException;
  if (error instanceof ChatError || code === "ECONNREFUSED") {
    return startError("the tables cannot be reached", operation);
  }
  if (name === "ResourceNotFoundException") {
    return startError("there are no such tables", operation);
  }
  return error;
}
