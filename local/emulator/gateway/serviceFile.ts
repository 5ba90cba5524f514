/**
 * What serverless.yml says to the gateway: functions, routes, the authorizer, streams, and what
 * each function's role may do to connections and to other functions. Intrinsics are read as plain
 * strings, and `${…}` is not resolved: nothing that is read here may use it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type EventSource, eventSources } from "../streams/eventSource.ts";
import { stage } from "./events.ts";
import { mayInvoke, mayManage } from "./permissions.ts";

export interface FunctionDefinition {
  name: string;
  /** Without its ending, such as `/…/handlers/send`. */
  module: string;
  exportName: string;
  timeoutMs: number;
  memoryMb: number;
  /** Its own; what the gateway gives to all functions overrides it. */
  environment: Record<string, string>;
  /** As Lambda's Invoke API knows it. */
  deployedName: string;
  /** How often an asynchronous invocation that failed is tried again. */
  asyncRetries: number;
  /** What the role allows at `@connections`. */
  mayManage: ReadonlySet<string>;
  /** Whether the role allows it to invoke another function. */
  mayInvoke(functionName: string): boolean;
}

export interface Route {
  functionName: string;
  /** Whether what the function returns is sent to the client: it has a route response. */
  isAnswered: boolean;
}

export interface Authorizer {
  functionName: string;
  /** Such as `route.request.header.Auth`; each must be present, or the function does not run. */
  identitySources: string[];
}

export interface Cors {
  allowedOrigins?: string[];
  allowedMethods?: string[];
  allowedHeaders?: string[];
  exposedResponseHeaders?: string[];
  maxAge?: number;
}

export interface ServiceFile {
  folder: string;
  functions: ReadonlyMap<string, FunctionDefinition>;
  /** By route key, such as `$connect` or `send`. */
  routes: ReadonlyMap<string, Route>;
  authorizer?: Authorizer;
  /** Where in a frame its route is named: `["action"]` for `$request.body.action`. */
  selection: string[];
  /** By route key, such as `GET /rooms/{room}`; `$default` is what answers all else. */
  httpRoutes: ReadonlyMap<string, string>;
  cors?: Cors;
  eventSources: EventSource[];
  /** How functions are bundled for deployment: `custom.esbuild`. */
  esbuild: Record<string, unknown>;
}

export interface FunctionEntry {
  handler: string;
  role?: string;
  timeout?: number;
  memorySize?: number;
  maximumRetryAttempts?: number;
  events?: {
    websocket?: WebSocketEvent | string;
    httpApi?: HttpEvent | string;
    stream?: unknown;
  }[];
}

interface WebSocketEvent {
  route: string;
  routeResponseSelectionExpression?: string;
  authorizer?: string | { name: string; identitySource?: string[] };
}

interface HttpEvent {
  method: string;
  path: string;
}

export type Document = Record<string, unknown> & { functions: Record<string, FunctionEntry> };

export function readServiceFile(folder: string): ServiceFile {
  const document = readDocument(folder);
  const provider = Object(document["provider"]);
  const entries = Object.entries(document.functions);
  const authorizer = authorizerOf(entries);
  const cors: Cors | undefined = provider.httpApi?.cors;
  const expression: string =
    provider.websocketsApiRouteSelectionExpression ?? "$request.body.action";
  return {
    folder,
    functions: new Map(
      entries.map(([name, entry]) => [name, functionOf(name, entry, folder, document)]),
    ),
    routes: routesOf(entries),
    ...(authorizer && { authorizer }),
    selection: expression.replace("$request.body.", "").split("."),
    httpRoutes: httpRoutesOf(entries),
    ...(cors && { cors }),
    eventSources: eventSources(entries),
    esbuild: Object(document["custom"]).esbuild ?? {},
  };
}

/** The file as it stands. */
export function readDocument(folder: string): Document {
  const source = readFileSync(join(folder, "serverless.yml"), "utf8");
  return parse(source, { merge: true, logLevel: "error" });
}

/** What osls says when the file says nothing. */
const timeoutSecondsDefault = 6;
const memoryMbDefault = 1024;
const asyncRetriesDefault = 2;
const identitySourceDefault = ["route.request.header.Auth"];

function functionOf(
  name: string,
  entry: FunctionEntry,
  folder: string,
  document: Document,
): FunctionDefinition {
  const provider = Object(document["provider"]);
  const role = Object(document["resources"]).Resources?.[entry.role ?? ""];
  const dot = entry.handler.lastIndexOf(".");
  const { timeout = provider.timeout ?? timeoutSecondsDefault } = entry;
  const { memorySize = provider.memorySize ?? memoryMbDefault } = entry;
  return {
    name,
    module: join(folder, entry.handler.slice(0, dot)),
    exportName: entry.handler.slice(dot + 1),
    timeoutMs: timeout * 1000,
    memoryMb: memorySize,
    environment: {},
    deployedName: deployedName(String(document["service"]), name),
    asyncRetries: entry.maximumRetryAttempts ?? asyncRetriesDefault,
    mayManage: mayManage(role),
    mayInvoke: (functionName) => mayInvoke(role, functionName),
  };
}

/** With a stage, as osls has it; ours is always the same. */
export function deployedName(service: string, functionName: string): string {
  return `${service}-${stage}-${functionName}`;
}

function routesOf(entries: [string, FunctionEntry][]): Map<string, Route> {
  return new Map(
    webSocketEvents(entries).map(({ functionName, event }) => [
      event.route,
      { functionName, isAnswered: event.routeResponseSelectionExpression !== undefined },
    ]),
  );
}

function authorizerOf(entries: [string, FunctionEntry][]): Authorizer | undefined {
  const connect = webSocketEvents(entries).find(({ event }) => event.route === "$connect");
  const authorizer = connect?.event.authorizer;
  if (authorizer === undefined) return undefined;
  if (typeof authorizer === "string") {
    return { functionName: authorizer, identitySources: identitySourceDefault };
  }
  const { name, identitySource = identitySourceDefault } = authorizer;
  return { functionName: name, identitySources: identitySource };
}

function webSocketEvents(entries: [string, FunctionEntry][]) {
  return entries.flatMap(([functionName, { events = [] }]) =>
    events.flatMap(({ websocket }) => {
      if (websocket === undefined) return [];
      return {
        functionName,
        event: typeof websocket === "string" ? { route: websocket } : websocket,
      };
    }),
  ) as { functionName: string; event: WebSocketEvent }[];
}

function httpRoutesOf(entries: [string, FunctionEntry][]): Map<string, string> {
  return new Map(
    entries.flatMap(([name, { events = [] }]) =>
      events.flatMap(({ httpApi }): [string, string][] => {
        if (httpApi === undefined) return [];
        if (httpApi === "*") return [["$default", name]];
        return [
          [typeof httpApi === "string" ? httpApi : `${httpApi.method} ${httpApi.path}`, name],
        ];
      }),
    ),
  );
}
