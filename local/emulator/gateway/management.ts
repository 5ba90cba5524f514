/**
 * The management API, `@connections`: POST, GET and DELETE, signed. A 200 to a POST says only that
 * the gateway has taken the message. Errors carry their name in a header, where the SDK looks for
 * it.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { localCredentials } from "../database/tables.ts";
import type { Connection } from "./connection.ts";
import { readBody } from "./proxyResponse.ts";
import { refusalOf } from "./signature.ts";
import type { ApiOptions } from "./webSocketApi.ts";

interface ManagementRequest {
  method: string;
  connectionId: string;
  /** The function whose role signed the request; undefined for the account's owner. */
  functionName?: string;
}

/** Faults for tests: returns a status to answer in place of doing the request, and may delay it. */
export type Intercept = (
  request: ManagementRequest,
) => number | undefined | Promise<number | undefined>;

interface ManagementOptions extends ApiOptions {
  find(connectionId: string): Connection | undefined;
  intercept?: Intercept;
}

type Answer = { status: number; body?: object } | { status: number; type: string; message: string };

const names: Record<number, string> = {
  400: "BadRequestException",
  403: "ForbiddenException",
  410: "GoneException",
  413: "PayloadTooLargeException",
  429: "LimitExceededException",
  500: "InternalServerErrorException",
};

/** Reads a message that is too large up to this size, because the signature covers it. */
const readBytesMax = 1024 * 1024;
const connectionIdForm = /^[A-Za-z0-9_-]{15}=$/;

export function managementApi(options: ManagementOptions) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await answerTo(request, options);
    const failure = "type" in answer ? answer : undefined;
    const body = failure ? { message: failure.message } : "body" in answer && answer.body;
    response.writeHead(answer.status, {
      "x-amzn-RequestId": randomUUID(),
      ...(failure && { "x-amzn-ErrorType": failure.type }),
      ...(body && { "content-type": "application/json" }),
    });
    response.end(body ? JSON.stringify(body) : undefined);
  };
}

async function answerTo(request: IncomingMessage, options: ManagementOptions): Promise<Answer> {
  const { method = "", url = "", headers } = request;
  const body = await readBody(request, readBytesMax);
  const path = /^\/@connections\/([^/?]+)$/.exec(url)?.[1];
  if (path === undefined) return failure(403, "Forbidden");
  if (body === undefined) return failure(413, "Payload too large");
  const signed = { service: "execute-api", method, url, headers, body } as const;
  const refusal = refusalOf(signed, localCredentials);
  if (refusal) return { status: 403, ...refusal };

  const functionName = headers["x-amz-security-token"]?.toString();
  const definition = functionName ? options.service.functions.get(functionName) : undefined;
  if (functionName !== undefined && !definition?.mayManage.has(method)) {
    const message = `The role of ${functionName} does not allow ${method} on @connections.`;
    return { status: 403, type: "AccessDeniedException", message };
  }
  const connectionId = decoded(path);
  const asked = { method, connectionId, ...(functionName && { functionName }) };
  const ordered = await options.intercept?.(asked);
  if (ordered !== undefined) return failure(ordered, "as ordered");
  if (!options.takeRequest()) return failure(429, "Too Many Requests");
  if (!connectionIdForm.test(connectionId)) {
    return failure(400, `Invalid connectionId: ${connectionId}`);
  }
  return perform(method, connectionId, body, options);
}

function perform(
  method: string,
  connectionId: string,
  body: Buffer,
  { find, limits }: ManagementOptions,
): Answer {
  if (body.length > limits.messageBytes) return failure(413, "Payload too large");
  const connection = find(connectionId);
  if (connection === undefined) return failure(410, "Gone");
  switch (method) {
    case "POST":
      return connection.send(body) ? { status: 200 } : failure(429, "The client's buffer is full");
    case "DELETE":
      connection.close(1000, "Connection Closed Normally");
      return { status: 204 };
    case "GET":
      return { status: 200, body: described(connection) };
    default:
      return failure(403, "Forbidden");
  }
}

/** An id that is encoded wrongly stays as it is, and matches no connection. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function described({ peer, lastActiveAtMs }: Connection): object {
  return {
    connectedAt: new Date(peer.connectedAtMs).toISOString(),
    lastActiveAt: new Date(lastActiveAtMs).toISOString(),
    identity: peer.identity,
  };
}

function failure(status: number, message: string): Answer {
  return { status, type: names[status] ?? "UnknownException", message };
}
