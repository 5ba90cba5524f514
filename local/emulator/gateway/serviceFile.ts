/**
 * Reads serverless.yml for the gateway: functions, routes, the authorizer, streams, and the rights
 * of each function's role to connections and functions. Intrinsics are read as plain strings, and
 * `${…}` is not resolved: the parts that are read here must not use it.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type EventSource, eventSources } from "../streams/eventSource.ts";
import { stage } from "./events.ts";

export interface FunctionDefinition {
  name: string;
  /** Without its ending, such as `/…/handlers/send`. */
  module: string;
  exportName: string;
  timeoutMs: number;
  memoryMb: number;
  /** The function's own; the gateway's variables for all functions override it. */
  environment: Record<string, string>;
  /** As Lambda's Invoke API knows it. */
  deployedName: string;
  /** The retries of a failed asynchronous invocation. */
  asyncRetries: number;
  /** The methods that the role allows at `@connections`. */
  mayManage: ReadonlySet<string>;
  /** Whether the role allows it to invoke another function. */
  mayInvoke(functionName: string): boolean;
}

export interface Route {
  functionName: string;
  /** Whether the client gets the function's answer: the route has a route response. */
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
  /** The path in a frame to the name of its route: `["action"]` for `$request.body.action`. */
  selection: string[];
  /** By route key, such as `GET /rooms/{room}`. `$default` answers all other requests. */
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

type Document = Record<string, unknown> & { functions: Record<string, FunctionEntry> };

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

/** osls's defaults. */
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

const managementMethods = ["POST", "GET", "DELETE"];

/** The values that packaging puts in place of these variables. */
const gatewaysVariables: Record<string, string[]> = {
  [`\${gateways:resources}`]: ["POST", "DELETE"],
  [`\${gateways:posts}`]: ["POST"],
};

/** At `@connections`. The default role may do everything there. */
export function mayManage(role: unknown): ReadonlySet<string> {
  if (role === undefined) return new Set(managementMethods);
  const resources = resourcesOf(role, "execute-api:ManageConnections");
  return new Set(
    managementMethods.filter((method) =>
      resources.some(
        (resource) =>
          resource === "*" ||
          resource.includes(`/${method}/@conn`) ||
          gatewaysVariables[resource]?.includes(method),
      ),
    ),
  );
}

/** Named by `!GetAtt DeliverLambdaFunction.Arn`, or by an ARN that ends in its name. */
export function mayInvoke(role: unknown, functionName: string): boolean {
  const logicalId = `${functionName.charAt(0).toUpperCase()}${functionName.slice(1)}LambdaFunction`;
  return resourcesOf(role, "lambda:InvokeFunction").some(
    (resource) =>
      resource === "*" ||
      resource === `${logicalId}.Arn` ||
      (resource.includes(":function:") && resource.endsWith(`-${functionName}`)),
  );
}

function resourcesOf(role: unknown, action: string): string[] {
  const policies: unknown[] = Object(role).Properties?.Policies ?? [];
  const statements = policies.flatMap((policy) => Object(policy).PolicyDocument?.Statement ?? []);
  const all = `${action.split(":")[0]}:*`;
  return statements
    .filter(
      ({ Effect, Action }) =>
        Effect === "Allow" &&
        [Action].flat().some((each) => [action, all, "*"].includes(String(each))),
    )
    .flatMap(({ Resource }) => [Resource].flat().map(String));
}
