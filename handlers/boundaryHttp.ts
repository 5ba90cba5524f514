/**
 * Between the HTTP API's events and the actions. Nothing is thrown from here, since gateways
 * answer that in different ways; every failure has our own shape, `{"error": {code, message,
 * retryable}}`, and its code's status.
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { charged, costOf, type PricedRoute, routeCosts } from "../lib/actions/budget.ts";
import { findToken } from "../lib/identity/token.ts";
import { refusalMessage } from "../lib/identity/tokenRefusal.ts";
import type { Identity } from "../lib/model.ts";
import { operationOf } from "../lib/protocol/actions.ts";
import { ChatError, type Refusal } from "../lib/protocol/chatError.ts";
import { errorCodes } from "../lib/protocol/codes.ts";
import { isReportable, parseJsonBytes, refusalOf } from "../lib/protocol/envelope.ts";
import { actionFrame } from "../lib/protocol/httpAction.ts";
import { type Routed, routeOf } from "../lib/protocol/httpRoute.ts";
import {
  actionRoute,
  cors,
  type HttpAnswer,
  httpRoutes,
  type PieceSchemas,
  type Request,
  type RouteKey,
} from "../lib/protocol/httpRoutes.ts";
import { limits } from "../lib/protocol/limits.ts";
import { parse } from "../lib/protocol/parse.ts";
import * as runtime from "../lib/runtime.ts";
import { handshakeOf } from "./handshake.ts";

type Run<K extends RouteKey> = (request: Request<K>, caller: Identity) => Promise<HttpAnswer<K>>;
export type HttpRuns = { readonly [K in RouteKey]: Run<K> };

/** What the boundary takes of lib/runtime.ts. Simulations, which run it as well, give their own. */
type HttpSurroundings = Pick<
  typeof runtime,
  "tokens" | "report" | "note" | "measure" | "chargePorts"
>;
const own: HttpSurroundings = {
  tokens: () => runtime.tokens(),
  report: (...report) => runtime.report(...report),
  note: (...note) => runtime.note(...note),
  measure: (...measured) => runtime.measure(...measured),
  chargePorts: () => runtime.chargePorts(),
};

/** Status 200 with what an action returned, without its frame's type. */
export function ok<B extends object>(body: B): { status: number; body: Omit<B, "type"> } {
  const { type: _type, ...rest } = body as B & { type?: unknown };
  return { status: 200, body: rest };
}

/** The one route that is asked by those who have no token. */
const openRoute: RouteKey = "GET /health";
const nobody: Identity = { user: "", expiresAtMs: 0, scopes: [] };

export function onRequest(runs: HttpRuns, here: HttpSurroundings = own) {
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
    const { method } = event.requestContext.http;
    if (method === "OPTIONS") return { statusCode: 204, headers: preflightHeaders };
    const { body, ...head } = await answerTo(runs, event, here);
    return method === "HEAD" ? head : { ...head, body: JSON.stringify(body) };
  };
}

async function answerTo(runs: HttpRuns, event: APIGatewayProxyEventV2, here: HttpSurroundings) {
  let operation = "answer";
  try {
    const routed = routeOf(event);
    const { routeKey } = routed;
    const caller = routeKey === openRoute ? nobody : await authenticate(event, here);
    operation = operationIn(routed);
    const run = runs[routeKey] as (
      request: unknown,
      caller: Identity,
    ) => Promise<HttpAnswer<RouteKey>>;
    const request = requestOf(routed, event);
    const cost = request.frame ? costOf(request.frame) : routeCosts[routeKey as PricedRoute];
    const charge = { user: caller.user, cost };
    const { status, body } = await charged(charge, here.chargePorts(), () => run(request, caller));
    return { statusCode: status, headers: jsonHeaders, body };
  } catch (error) {
    const { requestId } = event.requestContext;
    if (isReportable(error)) here.report("request failed", { requestId, error });
    const refusal = refusalOf(error, operation, requestId);
    here.measure(`refused: ${refusal.code}`, 1);
    return failure(refusal);
  }
}

/**
 * API Gateway answers preflights itself where no route takes `OPTIONS`, but ours does: `$default`
 * takes every method. The same headers either way.
 */
const preflightHeaders = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": cors.methods.join(","),
  "access-control-allow-headers": cors.headers.join(","),
  "access-control-max-age": String(cors.maxAgeSeconds),
};

const jsonHeaders = { "content-type": "application/json", "cache-control": "no-store" };

function failure(refusal: Refusal) {
  const { code, retryAfterMs } = refusal;
  const headers = {
    ...jsonHeaders,
    ...(code === "unauthorized" && { "www-authenticate": "Bearer" }),
    ...(retryAfterMs !== undefined && { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) }),
  };
  return { statusCode: errorCodes[code].status, headers, body: { error: refusal } };
}

/** What a request is called in "unable to …". */
function operationIn({ routeKey, pathParameters }: Routed): string {
  const { operation } = httpRoutes[routeKey];
  return routeKey === actionRoute ? operationOf(pathParameters["action"], operation) : operation;
}

async function authenticate(
  event: APIGatewayProxyEventV2,
  here: HttpSurroundings,
): Promise<Identity> {
  const found = findToken({ ...handshakeOf({ headers: event.headers }), query: {} });
  const verdict = "refused" in found ? found : await here.tokens().verify(found.token);
  if ("identity" in verdict) return verdict.identity;
  here.note("token refused", { door: "http", ...verdict.refused });
  here.measure(`token refused: ${verdict.refused.reason}`, 1);
  throw new ChatError("unauthorized", refusalMessage(verdict.refused));
}

const labels: Readonly<Record<keyof PieceSchemas, string>> = {
  path: "path",
  query: "query",
  body: "body",
  idempotencyKey: "Idempotency-Key header",
};

function requestOf<K extends RouteKey>(
  { routeKey, pathParameters }: Routed & { routeKey: K },
  event: APIGatewayProxyEventV2,
): Request<K> {
  const route: PieceSchemas = httpRoutes[routeKey];
  const piece = (name: keyof PieceSchemas, input: () => unknown) => {
    const schema = route[name];
    if (schema === undefined) return undefined;
    const parsed = parse(schema, input());
    if (parsed.ok) return parsed.value;
    throw new ChatError("bad_request", `in the ${labels[name]}, ${parsed.reason}`);
  };
  const request = {
    path: piece("path", () => pathParameters),
    query: piece("query", () => queryOf(event)),
    body: piece("body", () => bodyOf(event)),
    idempotencyKey: piece("idempotencyKey", () => headerOf(event, "idempotency-key")),
  } as Request<K>;
  return routeKey === actionRoute ? withFrame(request) : request;
}

/** The body of an action's request depends on the path, which no schema of one piece can say. */
function withFrame<K extends RouteKey>(request: Request<K>): Request<K> {
  const { path, body } = request as unknown as Request<typeof actionRoute>;
  return { ...request, frame: actionFrame(path.action, body) } as Request<K>;
}

/**
 * A query's values are text; the schemas know numbers. What does not look like one stays text, and
 * is refused.
 */
function queryOf({ queryStringParameters }: APIGatewayProxyEventV2): Record<string, unknown> {
  const entries = Object.entries(queryStringParameters ?? {}).map(([name, value]) => {
    const isNumber = value !== undefined && /^-?\d{1,20}(\.\d{1,20})?$/.test(value);
    return [name, isNumber ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

function bodyOf(event: APIGatewayProxyEventV2): unknown {
  const { body, isBase64Encoded } = event;
  const encoding = headerOf(event, "content-encoding")?.toLowerCase() ?? "identity";
  if (encoding !== "identity") {
    const reason = "Content-Encoding is not supported: send plain JSON";
    throw new ChatError("bad_request", reason);
  }
  const charset = charsetOf(headerOf(event, "content-type") ?? "");
  if (charset !== "utf-8" && charset !== "utf8") {
    throw new ChatError("bad_request", "the body's charset must be utf-8");
  }
  const bytes = Buffer.from(body ?? "", isBase64Encoded ? "base64" : "utf8");
  if (bytes.length === 0) return {}; // of an action that takes no field
  if (bytes.length > limits.frameBytes) {
    throw new ChatError("too_large", `the body is over ${limits.frameBytes} bytes`);
  }
  if (!isBase64Encoded && isDecodedWrongly(event, bytes)) {
    throw new ChatError("bad_request", "the body is not UTF-8 (write U+FFFD as \\ufffd)");
  }
  const content = parseJsonBytes(bytes);
  if (content !== undefined) return content;
  throw new ChatError("bad_request", "the body is not JSON");
}

function charsetOf(contentType: string): string {
  return /;\s*charset\s*=\s*"?([^\s;"]*)/i.exec(contentType)?.[1]?.toLowerCase() ?? "utf-8";
}

/**
 * A gateway decodes what says that it is text before we see it, and puts U+FFFD in place of bytes
 * that are not UTF-8. Somebody may also have sent that character, as three bytes of UTF-8. The
 * length of what was sent tells: a byte that was replaced has become three.
 */
function isDecodedWrongly(event: APIGatewayProxyEventV2, bytes: Uint8Array): boolean {
  const isDoubtful = event.body?.includes("\ufffd") ?? false;
  return isDoubtful && Number(headerOf(event, "content-length")) !== bytes.length;
}

function headerOf({ headers }: APIGatewayProxyEventV2, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
