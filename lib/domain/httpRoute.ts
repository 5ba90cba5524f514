/**
 * Which route a request is for. The gateway says it, except where gateways differ: on AWS a `HEAD`,
 * and a path with a slash at its end, match no route and come as `$default`, while emulators match
 * them. Here they mean the same everywhere: `HEAD` is `GET` without a body, and the slash is
 * ignored.
 */
import { httpRoutes, type RouteKey } from "../protocol/httpRoutes.ts";
import { ChatError } from "./chatError.ts";

/** A request as a gateway hands it over, in payload format 2.0. */
export interface RoutedRequest {
  routeKey: string;
  rawPath: string;
  pathParameters?: Record<string, string | undefined>;
  requestContext: { http: { method: string } };
}

export interface Routed {
  routeKey: RouteKey;
  pathParameters: Record<string, string | undefined>;
}

/** @throws ChatError `not_found` */
export function routeOf(request: RoutedRequest): Routed {
  const { routeKey, rawPath, pathParameters } = request;
  if (Object.hasOwn(httpRoutes, routeKey)) {
    return { routeKey: routeKey as RouteKey, pathParameters: pathParameters ?? {} };
  }
  const { method } = request.requestContext.http;
  const parts = rawPath.replace(/\/$/, "").split("/");
  for (const key of Object.keys(httpRoutes) as RouteKey[]) {
    const [routeMethod, routePath = ""] = key.split(" ");
    if (routeMethod !== (method === "HEAD" ? "GET" : method)) continue;
    const found = parametersOf(routePath.split("/"), parts);
    if (found !== undefined) return { routeKey: key, pathParameters: found };
  }
  throw new ChatError("not_found", "unable to answer; there is no such path");
}

function parametersOf(wanted: string[], parts: string[]): Record<string, string> | undefined {
  const isVariable = (part: string) => part.startsWith("{");
  const isFit =
    wanted.length === parts.length &&
    wanted.every((part, i) => isVariable(part) || part === parts[i]);
  if (!isFit) return undefined;
  const variables = wanted.flatMap((part, i): [string, string][] =>
    isVariable(part) ? [[part.slice(1, -1), parts[i] ?? ""]] : [],
  );
  return Object.fromEntries(variables);
}
