/**
 * Runs the authorizer and `$connect` before a WebSocket opens. Either may refuse. Their bodies and
 * headers never reach the client, except a subprotocol that `$connect` returns.
 */
import type { IncomingMessage } from "node:http";
import { authorizerEvent, connectEvent, methodArn, type Peer, peerOf } from "./events.ts";
import type { Functions } from "./functions.ts";
import { proxyResponse } from "./proxyResponse.ts";
import type { Authorizer, ServiceFile } from "./serviceFile.ts";

export interface Refused {
  status: number;
  /** The text of the status by default. */
  message?: string;
}

export async function handshake(
  request: IncomingMessage,
  { service, functions }: { service: ServiceFile; functions: Functions },
): Promise<{ peer: Peer; protocol?: string } | Refused> {
  // As under a custom domain, the path has no stage, and nothing else is allowed in it.
  if (!/^\/?(\?|$)/.test(request.url ?? "")) return { status: 403 };
  const peer = peerOf(request);
  if (service.authorizer) {
    const authorization = await authorize(service.authorizer, functions, peer, request);
    if ("status" in authorization) return authorization;
    peer.authorizer = authorization.context;
  }
  const route = service.routes.get("$connect");
  if (route === undefined) return { peer };
  const outcome = await functions.invoke(route.functionName, connectEvent(peer, request));
  const response = proxyResponse(outcome);
  if (response === undefined) return { status: 502, message: "Internal server error" };
  const { statusCode, headers } = response;
  if (statusCode < 200 || statusCode > 299) return { status: statusCode };
  const protocol = headers.get("sec-websocket-protocol");
  return { peer, ...(protocol !== undefined && { protocol }) };
}

export type Authorization =
  | { context: Record<string, string> }
  | { status: 401 | 403 | 500; message: string };

const unauthorized = { status: 401, message: "Unauthorized" } as const;
const failed = { status: 500, message: "Internal server error" } as const;
const denied = {
  status: 403,
  message: "User is not authorized to access this resource with an explicit deny",
} as const;

export async function authorize(
  { functionName, identitySources }: Authorizer,
  functions: Functions,
  peer: Peer,
  request: IncomingMessage,
): Promise<Authorization> {
  const event = authorizerEvent(peer, request);
  if (!identitySources.every((source) => isPresent(source, event))) return unauthorized;
  const outcome = await functions.invoke(functionName, event);
  if ("failed" in outcome) {
    return outcome.failed.message === "Unauthorized" ? unauthorized : failed;
  }
  const { principalId, policyDocument, context = {} } = Object(outcome.returned);
  const statements: unknown = policyDocument?.Statement;
  if (typeof principalId !== "string" || !Array.isArray(statements)) return failed;
  if (!isAllowed(statements)) return denied;
  // Nested values are not allowed. All others arrive as strings.
  const values = Object.entries(context);
  if (values.some(([, value]) => typeof value === "object")) return failed;
  const strings = values.map(([name, value]) => [name, String(value)]);
  return { context: { ...Object.fromEntries(strings), principalId } };
}

function isPresent(source: string, event: ReturnType<typeof authorizerEvent>): boolean {
  const [, , place, name = ""] = source.split(".");
  const from = place === "header" ? event.headers : (event.queryStringParameters ?? {});
  const wanted = place === "header" ? name.toLowerCase() : name;
  return Object.entries(from).some(
    ([key, value]) => value !== "" && (place === "header" ? key.toLowerCase() : key) === wanted,
  );
}

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

/** A deny beats every allow, as in any policy. */
function isAllowed(statements: Statement[]): boolean {
  const effects = statements
    .filter(({ Action, Resource }) => {
      const concerns = (patterns: string | string[], value: string) =>
        [patterns].flat().some((pattern) => matches(pattern, value));
      return concerns(Action, "execute-api:Invoke") && concerns(Resource, methodArn);
    })
    .map(({ Effect }) => Effect);
  return effects.includes("Allow") && !effects.includes("Deny");
}

function matches(pattern: string, value: string): boolean {
  const source = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  const expression = source.replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "s").test(value);
}
