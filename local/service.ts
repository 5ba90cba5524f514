/**
 * Turns the service of serverless.yml, in memory, into one that `serverless offline` can run: plain
 * strings in place of intrinsics, TypeScript files in place of bundles, and a cure for each
 * difference from AWS that can be cured from here.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { developmentSecret } from "../lib/identity/developmentSecret.ts";
import { forgetAwsSettings, localAwsSettings } from "./awsSettings.ts";
import {
  localCredentials,
  localRegion,
  type Resources,
  tableNames,
} from "./emulator/database/tables.ts";
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

export function configureService({ service, serviceDir }: Serverless, settings: LocalSettings) {
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
  const { handlerFor } = handlerModules(serviceDir);

  for (const name of service.getAllFunctions()) {
    const definition = service.getFunction(name);
    definition.environment = {};
    definition.skipEsbuild = true;
    const isAuthorizer = name === "authorize" && existsSync(join(serviceDir, "local/authorize.ts"));
    const handler = isAuthorizer ? "local/authorize.handler" : definition.handler;
    definition.handler = handlerFor(name, handler);
    for (const event of definition.events ?? []) event.websocket = answering(event.websocket);
  }
}

/** The whole environment of the handlers. serverless.yml's own is not used. */
function handlerEnvironment(
  { ports, host, database }: LocalSettings,
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
    // Nothing is bundled, so there is nothing to watch.
    esbuild: { watch: { pattern: [] } },
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

/**
 * Makes a module of plain JavaScript for each handler, which imports it. `serverless offline` reads
 * TypeScript with a loader that depends on the version of Node and may load a module again for
 * every invocation. It loads these modules once, in every thread, and they read TypeScript as the
 * rest of this project does. They lie in a temporary folder until this process ends.
 */

export interface HandlerModules {
  /** Takes and returns a handler as in serverless.yml, such as `handlers/send.handler`. */
  handlerFor(functionName: string, handler: string): string;
}

export function handlerModules(serviceFolder: string): HandlerModules {
  const folder = mkdtempSync(join(tmpdir(), "parley-handlers-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const loader = new URL("typescript.mjs", import.meta.url).href;
  return {
    handlerFor(functionName, handler) {
      const [, path = "", exportName = ""] = /^(.*)\.([^.]+)$/.exec(handler) ?? [];
      const { href } = pathToFileURL(join(serviceFolder, `${path}.ts`));
      const source = `import ${JSON.stringify(loader)};
const handlers = await import(${JSON.stringify(href)});
export const handler = handlers[${JSON.stringify(exportName)}];
`;
      const file = join(folder, functionName);
      writeFileSync(`${file}.mjs`, source);
      return `${relative(serviceFolder, file)}.handler`;
    },
  };
}
