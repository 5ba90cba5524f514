/** The HTTP API as strict as client.ts is: every answer is of its route's form, or our error. */
import type * as z from "zod/mini";
import { actions, type HttpAction } from "../../lib/protocol/actions.ts";
import { actionRoute, httpRoutes, type RouteKey } from "../../lib/protocol/httpRoutes.ts";
import { type ServerFrame, serverFrames } from "../../lib/protocol/serverFrames.ts";
import { developmentToken } from "../../local/tokens.ts";
import { type Endpoints, shared } from "./endpoints.ts";
import { assertRefusal, published, type Refusal } from "./serverFrame.ts";

export interface HttpRequest {
  /** Whose token; without one there is none. */
  as?: string;
  scope?: string;
  token?: string;
  room?: string;
  user?: string;
  action?: string;
  /** As in a URL, without the question mark. */
  query?: string;
  /** As JSON, or as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  at?: Endpoints;
}

type Body<K extends RouteKey> = z.output<(typeof httpRoutes)[K]["answer"]>;

/** Make a request that is granted. */
export async function call<K extends RouteKey>(
  route: K,
  request: HttpRequest,
): Promise<{ status: number; body: Body<K> }> {
  const { status, text } = await ask(route, request);
  if (status !== 200 && status !== 201) throw new Error(`${route}: ${status} ${text}`);
  const body = httpRoutes[route].answer.parse(JSON.parse(text)) as Body<K>;
  return { status, body };
}

/** Perform an action that is granted: its status, and its reply as a socket would bring it. */
export async function act<A extends HttpAction>(
  action: A,
  { as, scope, at, ...body }: Pick<HttpRequest, "as" | "scope" | "at"> & Record<string, unknown>,
): Promise<{ status: number; reply: ServerFrame<(typeof actions)[A]["reply"]> }> {
  const request = { action, body, ...(as && { as }), ...(scope && { scope }), ...(at && { at }) };
  const { status, body: answer } = await call(actionRoute, request);
  const { reply: type } = actions[action];
  const reply = serverFrames[type].parse({ type, ...answer });
  return { status, reply: reply as ServerFrame<(typeof actions)[A]["reply"]> };
}

/** Make a request that is refused: what with. The status is checked to be the code's. */
export async function refused(
  route: string,
  request: HttpRequest,
): Promise<Refusal & { headers: Headers }> {
  const { status, text, headers } = await ask(route, request);
  const wrong = (what: string) => new Error(`${route}: ${what}: ${status} ${text}`);
  const { error, ...others } = JSON.parse(text) as { error?: Refusal };
  if (error === undefined || Object.keys(others).length > 0) throw wrong("not our error");
  const known = ["code", "message", "retryable", "retryAfterMs"];
  if (Object.keys(error).some((field) => !known.includes(field))) throw wrong("an unknown field");
  if (published[error.code]?.status !== status) throw wrong("not the code's status");
  assertRefusal(error, wrong);
  return { ...error, headers };
}

async function ask(
  route: string,
  {
    as,
    scope,
    room = "",
    user = "",
    action = "",
    query,
    body,
    headers,
    at,
    ...request
  }: HttpRequest,
): Promise<{ status: number; text: string; headers: Headers }> {
  const [method = "", path = ""] = route.split(" ");
  const filled = path
    .replace("{room}", encodeURIComponent(room))
    .replace("{user}", encodeURIComponent(user))
    .replace("{action}", encodeURIComponent(action));
  const { httpUrl } = at ?? shared();
  const tokenOptions = scope === undefined ? {} : { scope };
  const token = request.token ?? (as && (await developmentToken(as, tokenOptions)));
  const response = await fetch(`${httpUrl}${filled}${query === undefined ? "" : `?${query}`}`, {
    method,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  if (!response.headers.get("content-type")?.startsWith("application/json")) {
    throw new Error(`${route}: not JSON but ${response.headers.get("content-type")}`);
  }
  return { status: response.status, text: await response.text(), headers: response.headers };
}
