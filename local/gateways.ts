/**
 * Lists, replaces and drains the gateways of a local or deployed service, for its operator:
 *
 *     npm run gateways -- apply gateways.json
 *
 * The list is in the service's own table, so nothing is deployed. Functions see a change some
 * seconds later. The file stays the truth: no command here changes a gateway by itself, not even
 * `drain`, because the next `apply` would undo it.
 */
import {
  dynamoGatewayConnections,
  dynamoGatewayList,
  replaceGateways,
} from "../lib/adapters/dynamodb/gateways.ts";
import type { Gateway } from "../lib/protocol/gateways.ts";
import { limits } from "../lib/protocol/limits.ts";
import { clock } from "../lib/runtime.ts";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { drainGateway } from "./drain.ts";
import { readGatewaysFile } from "./gatewaysFile.ts";
import {
  type OperatedTables,
  onTables,
  tableOf,
  tableOptions,
  tableUsage,
} from "./operate/tables.ts";
import { startError } from "./startError.ts";

const operation = "manage the gateways";
const usage = `Usage: npm run gateways -- COMMAND [options]

  list           show the gateways, and how many connections each has
  apply FILE     let the gateways in FILE be the ones to choose from, and no others
  drain NAME     send the connections of a draining gateway elsewhere, wave by wave

${tableUsage}
  --per-second N       how many connections drain sends away (default ${limits.drainedPerSecond})`;

await runCommand(async () => {
  const { values, positionals } = parseCommandLine(operation, {
    allowPositionals: true,
    options: {
      ...tableOptions,
      "per-second": { type: "string", default: String(limits.drainedPerSecond) },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);

  const [command, argument, ...others] = positionals;
  const isAlone = argument === undefined;
  if (others.length > 0) throw startError("name one command and what it takes", operation);
  await onTables(values, operation, async (tables) => {
    if (command === "list" && isAlone) await list(tables);
    else if (command === "apply" && !isAlone) await apply(tables, argument);
    else if (command === "drain" && !isAlone) {
      await drainNamed(tables, argument, numberOf(values["per-second"]));
    } else throw startError("there is no such command (--help lists all commands)", operation);
  });
});

async function list(tables: OperatedTables): Promise<void> {
  const onGateways = dynamoGatewayConnections(tableOf(tables, "connections"));
  const gateways = await listed(tables);
  if (gateways.length === 0) console.log("none: users get the gateway of the deployment they ask");
  for (const { name, state, weight, capacity, url, endpoint } of gateways) {
    const connections = await onGateways.count(endpoint, clock.nowMs());
    const taken = `${connections}${capacity === undefined ? "" : ` of ${capacity}`} connections`;
    console.log(`${name}  ${state}  weight ${weight}  ${taken}  ${url}`);
  }
}

async function apply(tables: OperatedTables, path: string): Promise<void> {
  const gateways = await readGatewaysFile(path);
  await replaceGateways(tableOf(tables, "rooms"), gateways);
  const draining = gateways.filter(({ state }) => state === "draining").length;
  console.log(`${gateways.length} gateways, of which ${draining} draining`);
}

async function drainNamed(tables: OperatedTables, name: string, perSecond: number): Promise<void> {
  const all = await listed(tables);
  const gateway = all.find((each) => each.name === name);
  const draining = `drain ${name}`;
  if (gateway === undefined) throw startError("there is no such gateway", draining);
  if (gateway.state !== "draining") {
    throw startError(`it is ${gateway.state}; apply it as draining first`, draining);
  }
  const { told, gone, untold, isEmpty } = await drainGateway(
    gateway.endpoint,
    tableOf(tables, "connections"),
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

function listed(tables: OperatedTables): Promise<Gateway[]> {
  return dynamoGatewayList(tableOf(tables, "rooms")).list();
}

function numberOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw startError(`--per-second takes a whole number, not "${text}"`, operation);
}
