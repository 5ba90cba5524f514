/**
 * Reading the examples of a Markdown page. Frames stand one to a line or spread over several; an
 * HTTP exchange is a request, an empty line, and its answer behind a status.
 */
import { httpRoutes, type RouteKey } from "../../lib/protocol/httpRoutes.ts";

export type Frame = Readonly<Record<string, unknown>>;

/** The insides of the fenced blocks of a language. */
export function blocksOf(text: string, language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...text.matchAll(fenced)].map((match) => match[1] ?? "");
}

/** @throws Error when what is left of a block is no JSON */
export function framesIn(block: string): Frame[] {
  const frames: Frame[] = [];
  let pending = "";
  for (const line of block.split("\n")) {
    pending += `${line}\n`;
    const frame = jsonOf(pending);
    if (frame === undefined) continue;
    frames.push(frame as Frame);
    pending = "";
  }
  if (pending.trim() !== "") throw new Error(`no frame: ${pending}`);
  return frames;
}

export interface Exchange {
  line: string;
  routeKey: RouteKey;
  /** By the names of the route's schemas; only what the request has. */
  pieces: Readonly<Record<string, unknown>>;
  status: number;
  answer: unknown;
}

/** @throws Error when the block is no exchange on a route that there is */
export function exchangeOf(block: string): Exchange {
  const [, request = "", status, answer = ""] =
    /^([\s\S]*?)^(\d{3})\n([\s\S]*)$/m.exec(block) ?? [];
  const [head = "", body = ""] = request.split("\n\n");
  const [line = "", ...headers] = head.split("\n");
  const [method, target = ""] = line.split(" ");
  const url = new URL(target, "http://localhost");
  const found = (Object.keys(httpRoutes) as RouteKey[]).map((routeKey) => ({
    routeKey,
    path: pathOf(routeKey, method ?? "", url.pathname),
  }));
  const match = found.find(({ path }) => path !== undefined);
  if (match?.path === undefined) throw new Error(`no route: ${line}`);

  const query = [...url.searchParams].map(([name, value]) => [
    name,
    /^\d+$/.test(value) ? Number(value) : value,
  ]);
  const key = headers.find((header) => header.startsWith("Idempotency-Key: "));
  const pieces = {
    path: match.path,
    query: Object.fromEntries(query),
    ...(body.trim() !== "" && { body: JSON.parse(body) }),
    ...(key !== undefined && { idempotencyKey: key.slice("Idempotency-Key: ".length) }),
  };
  const { routeKey } = match;
  return { line, routeKey, pieces, status: Number(status), answer: JSON.parse(answer) };
}

/** What a path gives the names in a route, or undefined when it is not this route's. */
function pathOf(routeKey: RouteKey, method: string, path: string) {
  const [routeMethod, routePath = ""] = routeKey.split(" ");
  const pattern = new RegExp(`^${routePath.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
  const match = routeMethod === method ? pattern.exec(path) : null;
  return match === null ? undefined : { ...match.groups };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
