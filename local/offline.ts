/**
 * What the plugin does around `serverless offline`, in this order: settings in place of
 * serverless.yml's intrinsics, free ports, a database with its tables, and, once both APIs listen,
 * the greeting. It also decides how all of it ends: at once, whatever handlers still do, but not
 * before the database has ended, so that the same ports can be used again.
 */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { replaceGateways } from "../lib/adapters/dynamodb/gateways.ts";
import { surviveCrashes } from "./crashes.ts";
import { type Database, startDatabase } from "./emulator/database/database.ts";
import { isAnswering } from "./emulator/database/dynamodbLocal.ts";
import { createTables, localClient } from "./emulator/database/tables.ts";
import { eventSources } from "./emulator/streams/eventSource.ts";
import { startMappings } from "./emulator/streams/eventSourceMapping.ts";
import { lambdaInvoker } from "./emulator/streams/lambdaInvoker.ts";
import { type LocalStreams, localStreams } from "./emulator/streams/localStreams.ts";
import { readGatewaysFile } from "./gatewaysFile.ts";
import { greeting } from "./greeting.ts";
import { type Listeners, openListeners } from "./listeners.ts";
import { checkPortsAreFree } from "./ports.ts";
import { configureService, type Serverless } from "./service.ts";
import { type DatabaseSettings, type LocalSettings, readSettings } from "./settings.ts";
import { refusalExitCode, StartError, startError } from "./startError.ts";

const endTimeoutMs = 2000;

/**
 * `initialize` and `start` are called by the hooks of the same names, in this order, and `deliver`
 * by the second one: a gateway that delivers streams itself leaves it out.
 */
export function localEmulator(serverless: Serverless) {
  let settings: LocalSettings;
  let streams: LocalStreams;
  return {
    initialize: () =>
      orRefuse(async () => {
        settings = withPortOptions(readSettings(process.env), serverless.processedInput.options);
        configureService(serverless, settings);
      }),
    start: () =>
      orRefuse(async () => {
        endWithParent();
        const { dynamodb, ...ports } = settings.ports;
        const { gatewaysFile } = settings;
        const gateways = gatewaysFile === undefined ? [] : await readGatewaysFile(gatewaysFile);
        const isOurs = settings.database.kind !== "endpoint";
        await checkPortsAreFree(isOurs ? settings.ports : ports, settings.host);
        const listeners = openListeners(settings);
        const database = await openDatabase(settings.database, dynamodb);
        endOnSignals(database);
        const resources = serverless.service.resources?.Resources ?? {};
        // Nobody is connected yet. Rows from before, which no disconnect has removed, would slow
        // down the first sends. In somebody else's database they may be another copy's.
        const recreate = isOurs ? ["Connections"] : [];
        const { endpoint } = database;
        const tables = await createTables(endpoint, undefined, { resources, recreate });
        // Without a file, one from before is forgotten; in somebody else's database it stays.
        const { Rooms: name } = tables;
        if (name !== undefined && (isOurs || gatewaysFile !== undefined)) {
          const client = localClient(endpoint);
          await replaceGateways({ client, name }, gateways);
          client.destroy();
        }
        surviveCrashes(settings.isVerbose);
        const folder = "folder" in settings.database ? settings.database.folder : undefined;
        streams = localStreams(endpoint, tables, folder);
        void orRefuse(() => greetWhenReady(settings, listeners));
        return streams;
      }),
    deliver: () => orRefuse(() => deliverStreams(serverless, settings, streams)),
  };
}

/** `serverless offline` has options of its own for its ports, and everything must follow them. */
function withPortOptions(settings: LocalSettings, options: Record<string, unknown>): LocalSettings {
  const { ports } = settings;
  // It would open the port that invokes functions, too.
  if (options["host"] !== undefined) throw startError("set PARLEY_HOST instead of --host");
  const port = (option: string, otherwise: number) => Number(options[option] ?? otherwise);
  return {
    ...settings,
    ports: {
      ...ports,
      http: port("httpPort", ports.http),
      websocket: port("websocketPort", ports.websocket),
      lambda: port("lambdaPort", ports.lambda),
    },
  };
}

async function openDatabase(database: DatabaseSettings, port: number): Promise<Database> {
  if (database.kind !== "endpoint") return startDatabase({ ...database, port });
  if (!(await isAnswering(database.endpoint))) {
    throw startError(`nothing answers at ${database.endpoint}`);
  }
  return { endpoint: database.endpoint, stop: async () => {} };
}

async function greetWhenReady(settings: LocalSettings, listeners: Listeners): Promise<void> {
  const { http, websocket } = settings.ports;
  const { log } = console;
  // The emulator draws a box around its routes, whatever the log level.
  if (process.env["SLS_LOG_LEVEL"] === "error") console.log = () => {};
  while (!((await isListening(http)) && (await isListening(websocket)))) {
    await delay(50, undefined, { ref: false });
  }
  console.log = log;
  await listeners.everywhere();
  console.log(await greeting(settings));
}

function isListening(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });
}

function endOnSignals(database: Database): void {
  const end = async () => {
    await Promise.race([database.stop(), delay(endTimeoutMs)]);
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
}

/** Under `npm start`, the channel to it breaks when it is gone, even after kill -9. */
function endWithParent(): void {
  if (process.channel === undefined) return;
  process.once("disconnect", () => process.exit(0));
  process.channel.unref();
}

/** Why it cannot start is said in a line, and ends the process. */
export async function orRefuse<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(error.message);
    process.exit(refusalExitCode);
  }
}

/**
 * `serverless offline` has no streams, so they are delivered here, through the port where it takes
 * Lambda's invocations. They end with the process.
 */
async function deliverStreams(
  { service }: Serverless,
  { ports, leavesStreams }: LocalSettings,
  { deadLetters, ...streams }: LocalStreams,
): Promise<void> {
  const functions = service.getAllFunctions().map((name) => {
    return [name, service.getFunction(name)] as [string, ReturnType<typeof service.getFunction>];
  });
  const sources = eventSources(functions);
  if (sources.length === 0 || leavesStreams) return;
  const lambda = lambdaInvoker(`http://localhost:${ports.lambda}`);
  await startMappings(sources, {
    ...streams,
    onGivenUp: deadLetters.add,
    invoke: (functionName, event) => lambda.invoke(service.getFunction(functionName).name, event),
  });
}
