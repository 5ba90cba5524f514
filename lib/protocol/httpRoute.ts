/**
 * Which route a request is for. The gateway says it, except where gateways differ: on AWS a `HEAD`,
 * and a path with a slash at its end or in a name, match no route and come as `$default`, while
 * emulators match some of them. Here they mean the same everywhere: `HEAD` is `GET` without a body,
 * a slash at the end is ignored, and one in a name is the name's.
 */

import { ChatError } from "./chatError.ts";
import { httpRoutes, type RouteKey } from "./httpRoutes.ts";

/** A request as a gateway hands it over, in payload format 2.0. */
interface RoutedRequest {
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
  throw new ChatError("not_found", "there is no such path");
}

/**
 * A route has one variable at most, and a name in its place may hold slashes: a gateway that
 * decodes a path before it splits it takes them for the path's own, and finds no route.
 */
function parametersOf(wanted: string[], parts: string[]): Record<string, string> | undefined {
  const at = wanted.findIndex((part) => part.startsWith("{"));
  if (at === -1) return wanted.join("/") === parts.join("/") ? {} : undefined;
  const behind = wanted.slice(at + 1);
  const end = parts.length - behind.length;
  const isFit =
    end > at &&
    wanted.slice(0, at).every((part, i) => part === parts[i]) &&
    behind.every((part, i) => part === parts[end + i]);
  const variable = wanted[at]?.slice(1, -1) ?? "";
  return isFit ? { [variable]: parts.slice(at, end).join("/") } : undefined;
}
