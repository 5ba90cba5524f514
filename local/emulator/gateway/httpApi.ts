/**
 * The HTTP API: routes with variables, events in payload format 2.0, and CORS. Functions get the
 * path decoded, as on AWS.
 *
 * With CORS configured, the gateway answers a preflight itself unless a route takes `OPTIONS`;
 * `$default` takes every method. A function's own CORS headers are dropped for the configured ones.
 */
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { apiId, logTime } from "./events.ts";
import { proxyResponse, readBody } from "./proxyResponse.ts";
import type { Cors, ServiceFile } from "./serviceFile.ts";
import type { ApiOptions } from "./webSocketApi.ts";

interface Match {
  routeKey: string;
  functionName: string;
  pathParameters: Record<string, string>;
}

export function httpApi({ service, functions, limits, takeRequest }: ApiOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET", url = "/", headers } = request;
    const cors = corsHeaders(service.cors, method, headers.origin);
    const requestId = randomUUID();
    const answer = (status: number, body: string | Buffer, more: Record<string, string> = {}) => {
      response.writeHead(status, { ...more, ...cors, "apigw-requestid": requestId }).end(body);
    };
    const fail = (status: number, message: string) =>
      answer(status, JSON.stringify({ message }), { "content-type": "application/json" });

    const body = await readBody(request, limits.httpBytes);
    if (!takeRequest()) return fail(429, "Too Many Requests");
    if (body === undefined) return fail(413, "Request Entity Too Large");
    const path = decodedPath(url);
    const match = path === undefined ? undefined : matchOf(service, method, path);
    if (path !== undefined && match === undefined && isAnsweredPreflight(service, headers, path)) {
      return answer(204, "");
    }
    if (path === undefined || match === undefined) return fail(404, "Not Found");

    const event = httpEvent(request, match, path, body, requestId);
    const outcome = await functions.invoke(match.functionName, event);
    if ("failed" in outcome) return fail(500, "Internal Server Error");
    // Without a status, the returned value is the body.
    const isBare = Object(outcome.returned).statusCode === undefined;
    if (isBare) {
      return answer(200, JSON.stringify(outcome.returned), { "content-type": "application/json" });
    }
    const proxied = proxyResponse(outcome);
    if (proxied === undefined) return fail(500, "Internal Server Error");
    const encoding = proxied.isBase64Encoded ? "base64" : "utf8";
    const isOwn = ([name]: [string, string]) => !service.cors || !corsHeader.test(name);
    const own = Object.fromEntries([...proxied.headers].filter(isOwn));
    const type = { "content-type": "text/plain;charset=utf-8" };
    answer(proxied.statusCode, Buffer.from(proxied.body, encoding), { ...type, ...own });
  };
}

const corsHeader = /^access-control-/i;

function decodedPath(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split("?")[0] ?? "");
  } catch {
    return undefined;
  }
}

/** The route with the fewest variables wins, and `$default` comes last. */
function matchOf(service: ServiceFile, method: string, path: string): Match | undefined {
  const [best] = matchesOf(service, path)
    .filter(({ routeKey }) => [method, "ANY", "*"].includes(routeKey.split(" ")[0] ?? ""))
    .sort((a, b) => variableCount(a) - variableCount(b));
  if (best) return best;
  const functionName = service.httpRoutes.get("$default");
  return functionName ? { routeKey: "$default", functionName, pathParameters: {} } : undefined;
}

const variableCount = ({ pathParameters }: Match) => Object.keys(pathParameters).length;

/** The routes of a path, for all methods. */
function matchesOf({ httpRoutes }: ServiceFile, path: string): Match[] {
  const parts = path.split("/");
  return [...httpRoutes].flatMap(([routeKey, functionName]): Match[] => {
    const wanted = routeKey.split(" ")[1]?.split("/") ?? [];
    const isFit =
      wanted.length === parts.length &&
      wanted.every((part, i) => (part.startsWith("{") ? parts[i] !== "" : part === parts[i]));
    if (!isFit) return [];
    const variables = wanted.flatMap((part, i): [string, string][] =>
      part.startsWith("{") ? [[part.slice(1, -1), parts[i] ?? ""]] : [],
    );
    return [{ routeKey, functionName, pathParameters: Object.fromEntries(variables) }];
  });
}

function httpEvent(
  request: IncomingMessage,
  { routeKey, pathParameters }: Match,
  path: string,
  body: Buffer,
  requestId: string,
) {
  const { method = "GET", url = "/", headers } = request;
  // Not by parsing a URL: a path that starts with two slashes would be taken for a host.
  const rawQueryString = url.replace(/^[^?]*\??/, "");
  const parameters = new URLSearchParams(rawQueryString);
  const query = [...new Set(parameters.keys())].map((name): [string, string] => [
    name,
    parameters.getAll(name).join(","),
  ]);
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const isText = textTypes.test(headers["content-type"] ?? "");
  const now = new Date();
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString,
    headers: Object.fromEntries(entries),
    ...(query.length > 0 && { queryStringParameters: Object.fromEntries(query) }),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId,
      domainName: headers.host ?? "localhost",
      domainPrefix: apiId,
      http: {
        method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? "",
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage: "$default",
      time: logTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isText ? "utf8" : "base64") }),
    isBase64Encoded: body.length > 0 && !isText,
  };
}

/** Bodies of any other type, or of none, arrive in base64. */
const textTypes = /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml)))/;

/** A preflight for a path that has routes, none of which takes `OPTIONS`. */
function isAnsweredPreflight(
  service: ServiceFile,
  headers: IncomingHttpHeaders,
  path: string,
): boolean {
  const isPreflight =
    headers.origin !== undefined && headers["access-control-request-method"] !== undefined;
  return service.cors !== undefined && isPreflight && matchesOf(service, path).length > 0;
}

function corsHeaders(
  cors: Cors | undefined,
  method: string,
  origin: string | undefined,
): Record<string, string> {
  if (cors === undefined || origin === undefined) return {};
  const { allowedOrigins = ["*"], exposedResponseHeaders = [] } = cors;
  const isAny = allowedOrigins.includes("*");
  if (!isAny && !allowedOrigins.includes(origin)) return {};
  return {
    "access-control-allow-origin": isAny ? "*" : origin,
    ...(exposedResponseHeaders.length > 0 && {
      "access-control-expose-headers": exposedResponseHeaders.join(","),
    }),
    ...(method === "OPTIONS" && preflightHeaders(cors)),
  };
}

function preflightHeaders({ allowedMethods = [], allowedHeaders = [], maxAge = 0 }: Cors) {
  return {
    "access-control-allow-methods": allowedMethods.join(","),
    "access-control-allow-headers": allowedHeaders.join(","),
    "access-control-max-age": String(maxAge),
  };
}
