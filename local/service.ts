/**
 * Turns the service of serverless.yml, in memory, into one that `serverless offline` can run: plain
 * strings in place of intrinsics, bundles in place of TypeScript, and a cure for each difference
 * from AWS that can be cured from here.
 */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { stop as stopBundler } from "esbuild";
import { developmentSecret } from "../lib/identity/developmentSecret.ts";
import { forgetAwsSettings, localAwsSettings } from "./awsSettings.ts";
import {
  localCredentials,
  localRegion,
  type Resources,
  tableNames,
} from "./emulator/database/tables.ts";
import { bundleFunctions } from "./emulator/gateway/bundle.ts";
import { deployedName, type FunctionEntry, readDocument } from "./emulator/gateway/serviceFile.ts";
import type { LocalSettings } from "./settings.ts";

/** The parts of osls's object for plugins that are used here. */
export interface Serverless {
  serviceDir: string;
  processedInput: { options: Record<string, unknown> };
  service: {
    custom?: Record<string, unknown>;
    provider: { environment?: unknown };
    resources?: { Resources?: Resources };
    getAllFunctions(): string[];
    getFunction(name: string): LocalFunction;
  };
}

interface LocalFunction {
  handler: string;
  /** As Lambda's Invoke API knows it. */
  name: string;
  environment?: unknown;
  skipEsbuild?: boolean;
  events?: Array<{ websocket?: unknown; stream?: unknown }>;
}

/** serverless.yml in the form that osls gives to plugins. */
export function asSeenByPlugins(serviceDir: string): Serverless {
  const { resources, ...document } = readDocument(serviceDir);
  const named = (name: string) => deployedName(String(document["service"]), name);
  return {
    serviceDir,
    processedInput: { options: {} },
    service: {
      ...document,
      provider: Object(document["provider"]),
      resources: Object(resources),
      getAllFunctions: () => Object.keys(document.functions),
      getFunction: (name) => ({
        ...(document.functions[name] as FunctionEntry),
        name: named(name),
      }),
    },
  };
}

export function configureService({ service }: Serverless, settings: LocalSettings): void {
  // Handlers run in this process and see its environment.
  forgetAwsSettings();
  const tables = tableNames(service.resources?.Resources ?? {});
  const names = new Set(service.getAllFunctions());
  const deliver = names.has("deliver") ? service.getFunction("deliver").name : undefined;
  service.provider.environment = {
    ...handlerEnvironment(settings, tables),
    ...(deliver !== undefined && { DELIVER_FUNCTION: deliver }),
  };
  service.custom = { ...service.custom, ...emulatorOptions(settings) };
  for (const name of service.getAllFunctions()) {
    const definition = service.getFunction(name);
    definition.environment = {};
    for (const event of definition.events ?? []) event.websocket = answering(event.websocket);
  }
}

/**
 * Has `serverless offline` run what is deployed: each function's bundle, made with the options of
 * serverless.yml (docs/decisions/0058). By itself it would read TypeScript with a loader that
 * depends on the version of Node, and may load a module again for every invocation.
 */
export async function bundleHandlers({ service, serviceDir }: Serverless): Promise<void> {
  const functions = new Map<string, { module: string; exportName: string }>();
  for (const name of service.getAllFunctions()) {
    const isAuthorizer = name === "authorize" && existsSync(join(serviceDir, "local/authorize.ts"));
    const { handler } = isAuthorizer ? localAuthorizer : service.getFunction(name);
    const [, path = "", exportName = ""] = /^(.*)\.([^.]+)$/.exec(handler) ?? [];
    functions.set(name, { module: join(serviceDir, path), exportName });
  }
  const { esbuild } = Object(service.custom);
  const bundles = await bundleFunctions({
    folder: serviceDir,
    functions,
    esbuild: Object(esbuild),
  });
  // It would keep 200 MB.
  await stopBundler();
  for (const [name, { exportName }] of functions) {
    const definition = service.getFunction(name);
    const file = relative(serviceDir, bundles.fileOf(name)).replace(/\.mjs$/, "");
    definition.handler = `${file}.${exportName}`;
    definition.skipEsbuild = true;
  }
  // With nothing left to serverless-esbuild, there is nothing to watch.
  service.custom = { ...service.custom, esbuild: { watch: { pattern: [] } } };
  // A crash is reported with its line in the sources.
  process.setSourceMapsEnabled(true);
}

const localAuthorizer = { handler: "local/authorize.handler" };

/** The whole environment of the handlers. serverless.yml's own is not used. */
function handlerEnvironment(
  { ports, host, database, holdsRequests, reservedRooms }: LocalSettings,
  tables: Record<string, string>,
): Record<string, string> {
  const ownEndpoint = `http://127.0.0.1:${ports.dynamodb}`;
  return {
    CONNECTIONS_TABLE: tables["Connections"] ?? "",
    ROOMS_TABLE: tables["Rooms"] ?? "",
    DYNAMODB_ENDPOINT: database.kind === "endpoint" ? database.endpoint : ownEndpoint,
    LAMBDA_ENDPOINT: `http://localhost:${ports.lambda}`,
    MANAGEMENT_ENDPOINT: `http://localhost:${ports.websocket}`,
    WEBSOCKET_URL: `ws://${nameOf(host)}:${ports.websocket}`,
    GATEWAY_NAME: "local",
    AUTH_SECRET: developmentSecret,
    PARLEY_LOCAL: "1",
    ...(holdsRequests && { MESSAGE_REQUESTS: "on" }),
    ...(reservedRooms !== undefined && { RESERVED_ROOMS: reservedRooms }),
    // For functions in processes of their own, as serverless.yml has it.
    NODE_OPTIONS: "--enable-source-maps",
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    ...localAwsSettings,
  };
}

/** The name of this machine for other machines, if it has a single one. */
function nameOf(host = "0.0.0.0"): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function emulatorOptions({ ports, useWorkers }: LocalSettings): Record<string, unknown> {
  return {
    "serverless-offline": {
      // A worker thread per concurrent invocation has no bound: 300 clients leaving took 3 GB.
      useInProcess: !useWorkers,
      noPrependStageInUrl: true,
      noSponsor: true,
      location: ".",
      host: "127.0.0.1",
      httpPort: ports.http,
      websocketPort: ports.websocket,
      lambdaPort: ports.lambda,
    },
  };
}

/**
 * When a client sends {"action":"$connect"}, `serverless offline` runs the function of that route
 * and drops its answer. With a route response the client gets the error.
 */
function answering(websocket: unknown): unknown {
  if (websocket === undefined) return undefined;
  const event = typeof websocket === "string" ? { route: websocket } : Object(websocket);
  if (event.route !== "$connect") return websocket;
  return { ...event, routeResponseSelectionExpression: "$default" };
}
