/**
 * Everything around `serverless offline`, in this order: settings in place of serverless.yml's
 * intrinsics, free ports, a database with its tables, and the greeting once both APIs listen. On a
 * signal it ends at once, even while handlers run, but not before the database has ended, so that
 * the same ports can be used again.
 */
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { replaceGateways } from "../lib/adapters/dynamodb/gateways.ts";
import { type Database, databaseAt, startDatabase } from "./emulator/database/database.ts";
import { createTables, localClient } from "./emulator/database/tables.ts";
import { eventSources } from "./emulator/streams/eventSource.ts";
import { startMappings } from "./emulator/streams/eventSourceMapping.ts";
import { lambdaInvoker } from "./emulator/streams/lambdaInvoker.ts";
import { type LocalStreams, localStreams } from "./emulator/streams/localStreams.ts";
import { readGatewaysFile } from "./gatewaysFile.ts";
import { greeting } from "./greeting.ts";
import { checkPortsAreFree, type Listeners, openListeners } from "./listeners.ts";
import { bundleHandlers, configureService, type Serverless } from "./service.ts";
import { type LocalSettings, readSettings } from "./settings.ts";
import { refusalExitCode, StartError, startError } from "./startError.ts";

const endTimeoutMs = 2000;

/**
 * The hooks of the same names call `initialize` and `start`, in this order; the second one also
 * calls `bundle` and `deliver`. A gateway that bundles and delivers streams itself calls neither.
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
    bundle: () => bundleHandlers(serverless),
    start: () =>
      orRefuse(async () => {
        endWithParent();
        const { dynamodb, ...ports } = settings.ports;
        const { gatewaysFile } = settings;
        const gateways = gatewaysFile === undefined ? [] : await readGatewaysFile(gatewaysFile);
        const isOurs = settings.database.kind !== "endpoint";
        await checkPortsAreFree(isOurs ? settings.ports : ports, settings.host);
        const listeners = openListeners(settings);
        const database =
          settings.database.kind === "endpoint"
            ? await databaseAt(settings.database.endpoint)
            : await startDatabase({ ...settings.database, port: dynamodb });
        endOnSignals(database);
        const resources = serverless.service.resources?.Resources ?? {};
        // Nobody is connected yet. Old connections, which no disconnect has removed, would slow
        // down the first sends. In a database that was not started here they may belong to another
        // copy.
        const recreate = isOurs ? ["Connections"] : [];
        const { endpoint } = database;
        const tables = await createTables(endpoint, undefined, { resources, recreate });
        // Without a file, the list of an earlier start is removed, except in a database not started
        // here.
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

/** `serverless offline` has its own options for ports. Everything else has to follow them. */
function withPortOptions(settings: LocalSettings, options: Record<string, unknown>): LocalSettings {
  const { ports } = settings;
  // This would also open the port that invokes functions.
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

async function greetWhenReady(settings: LocalSettings, listeners: Listeners): Promise<void> {
  const { http, websocket } = settings.ports;
  const { log } = console;
  // `serverless offline` prints its routes at every log level.
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

/** Prints the reason of a StartError in one line and ends the process. */
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

/**
 * Keeps the emulator alive when a handler crashes after its answer, or in a callback. On Lambda
 * such a crash ends one execution environment; here it would end the emulator and all sockets.
 * `process.exit` in a handler still ends everything.
 */
function surviveCrashes(isVerbose: boolean): void {
  // osls has a listener that ends the process.
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => report(error, isVerbose));
  process.on("unhandledRejection", (reason) => report(reason, isVerbose));
  // Output that nobody reads any more is no reason to end.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

function report(thrown: unknown, isVerbose: boolean): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // A client broke the WebSocket protocol: its socket is closed, and no handler was involved.
  if ("code" in error && String(error.code).startsWith("WS_ERR_")) return;
  console.error(isVerbose ? `a handler crashed: ${error.stack}` : oneLine(error));
}

function oneLine(error: Error): string {
  const [message] = error.message.split("\n");
  const place = error.stack
    ?.split("\n")
    .find((line) => /^ +at /.test(line) && !/node:|node_modules/.test(line));
  return `a handler crashed: ${error.name}: ${message}${place ? ` (${place.trim()})` : ""}`;
}
