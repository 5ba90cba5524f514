/**
 * What serverless.yml says to the gateway: functions, routes, the authorizer, and what each
 * function's role may do to connections. Intrinsics are read as plain strings, and `${…}` is not
 * resolved: nothing that is read here may use it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export interface FunctionDefinition {
  name: string;
  /** Without its ending, such as `/…/handlers/send`. */
  module: string;
  exportName: string;
  timeoutMs: number;
  memoryMb: number;
  /** What the role allows at `@connections`. */
  mayManage: ReadonlySet<string>;
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
  /** How functions are bundled for deployment: `custom.esbuild`. */
  esbuild: Record<string, unknown>;
}

interface FunctionEntry {
  handler: string;
  role?: string;
  timeout?: number;
  memorySize?: number;
  events?: { websocket?: WebSocketEvent | string; httpApi?: HttpEvent | string }[];
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

type Document = Record<string, unknown> & { functions: Record<string, FunctionEntry> };

export function readServiceFile(folder: string): ServiceFile {
  const source = readFileSync(join(folder, "serverless.yml"), "utf8");
  const document = parse(source, { merge: true, logLevel: "error" }) as Document;
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
    esbuild: Object(document["custom"]).esbuild ?? {},
  };
}

/** What osls says when the file says nothing. */
const timeoutSecondsDefault = 6;
const memoryMbDefault = 1024;
const identitySourceDefault = ["route.request.header.Auth"];

function functionOf(
  name: string,
  entry: FunctionEntry,
  folder: string,
  document: Document,
): FunctionDefinition {
  const provider = Object(document["provider"]);
  const dot = entry.handler.lastIndexOf(".");
  const { timeout = provider.timeout ?? timeoutSecondsDefault } = entry;
  const { memorySize = provider.memorySize ?? memoryMbDefault } = entry;
  return {
    name,
    module: join(folder, entry.handler.slice(0, dot)),
    exportName: entry.handler.slice(dot + 1),
    timeoutMs: timeout * 1000,
    memoryMb: memorySize,
    mayManage: permissionsOf(Object(document["resources"]).Resources?.[entry.role ?? ""]),
  };
}

const managementMethods = ["POST", "GET", "DELETE"];

/** The default role, of a function without one, may do everything to connections. */
function permissionsOf(role: unknown): ReadonlySet<string> {
  if (role === undefined) return new Set(managementMethods);
  const policies: unknown[] = Object(role).Properties?.Policies ?? [];
  const statements = policies.flatMap((policy) => Object(policy).PolicyDocument?.Statement ?? []);
  const resources = statements
    .filter(({ Effect, Action }) => Effect === "Allow" && [Action].flat().some(isManagement))
    .flatMap(({ Resource }) => Resource as string | string[]);
  return new Set(
    managementMethods.filter((method) =>
      resources.some((resource) => resource === "*" || resource.includes(`/${method}/@conn`)),
    ),
  );
}

const isManagement = (action: unknown) =>
  ["execute-api:ManageConnections", "execute-api:*", "*"].includes(String(action));

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
