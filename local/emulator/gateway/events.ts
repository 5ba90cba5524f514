/**
 * The events of a WebSocket API, as AWS makes them. Only the events of the handshake have its
 * headers and query. The authorizer's context is in all later events.
 */
import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** A connection from its handshake on. */
export interface Peer {
  connectionId: string;
  connectedAtMs: number;
  domainName: string;
  identity: { sourceIp: string; userAgent?: string };
  /** The authorizer's context and principal, all as strings. */
  authorizer?: Record<string, string>;
}

type EventType = "CONNECT" | "MESSAGE" | "DISCONNECT";

export const apiId = "local";
export const stage = "local";
export const methodArn = `arn:aws:execute-api:us-east-1:000000000000:${apiId}/${stage}/$connect`;

export function peerOf(request: IncomingMessage): Peer {
  const userAgent = request.headers["user-agent"];
  const sourceIp = (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return {
    connectionId: newConnectionId(),
    connectedAtMs: Date.now(),
    domainName: request.headers.host ?? "localhost",
    identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
  };
}

/** Such as `L0SM9cOFvHcCIhw=`, which must be encoded in a URL. */
function newConnectionId(): string {
  return `${randomBytes(11).toString("base64url")}=`;
}

export function authorizerEvent(peer: Peer, request: IncomingMessage) {
  return { type: "REQUEST", methodArn, ...connectEvent(peer, request) };
}

export function connectEvent(peer: Peer, request: IncomingMessage) {
  return {
    ...handshake(request),
    requestContext: requestContext(peer, "CONNECT", "$connect"),
    isBase64Encoded: false,
  };
}

export function messageEvent(peer: Peer, routeKey: string, requestId: string, body: string) {
  const context = requestContext(peer, "MESSAGE", routeKey, requestId);
  return {
    requestContext: { ...context, messageId: randomBytes(11).toString("base64") },
    body,
    isBase64Encoded: false,
  };
}

export function disconnectEvent(peer: Peer, code: number, reason: string) {
  const context = requestContext(peer, "DISCONNECT", "$disconnect");
  return {
    requestContext: { ...context, disconnectStatusCode: code, disconnectReason: reason },
    isBase64Encoded: false,
  };
}

function requestContext(
  peer: Peer,
  eventType: EventType,
  routeKey: string,
  requestId: string = randomUUID(),
) {
  const { connectedAtMs, ...known } = peer;
  const now = new Date();
  return {
    ...known,
    connectedAt: connectedAtMs,
    apiId,
    stage,
    eventType,
    routeKey,
    requestId,
    extendedRequestId: randomBytes(11).toString("base64"),
    messageDirection: "IN",
    requestTime: logTime(now),
    requestTimeEpoch: now.getTime(),
  };
}

/** As in access logs: `22/Nov/2026:00:53:10 +0000`. */
export function logTime(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(" ");
  return `${day}/${month}/${year}:${time} +0000`;
}

/** Headers and query, each once with its last value and once with all. */
function handshake({ rawHeaders, url = "/" }: IncomingMessage) {
  const headers: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    headers.push([rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""]);
  }
  const query = [...new URL(url, "http://localhost").searchParams];
  return {
    headers: Object.fromEntries(headers),
    multiValueHeaders: multiple(headers),
    ...(query.length > 0 && {
      queryStringParameters: Object.fromEntries(query),
      multiValueQueryStringParameters: multiple(query),
    }),
  };
}

function multiple(entries: [string, string][]): Record<string, string[]> {
  const all = new Map<string, string[]>();
  for (const [name, value] of entries) all.set(name, [...(all.get(name) ?? []), value]);
  return Object.fromEntries(all);
}
