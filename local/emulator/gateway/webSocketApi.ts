/**
 * The WebSocket API: handshakes, frames and goodbyes, each with its function. A connection exists
 * only after its handshake: until then posts to it are answered with 410, so `$connect` cannot
 * answer by a post.
 */
import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { WebSocketServer } from "ws";
import { type Connection, openConnection } from "./connection.ts";
import { disconnectEvent, messageEvent, type Peer } from "./events.ts";
import type { Functions } from "./functions.ts";
import { handshake, type Refused } from "./handshake.ts";
import { type Clock, type GatewayLimits, throttle } from "./limits.ts";
import { proxyResponse } from "./proxyResponse.ts";
import type { ServiceFile } from "./serviceFile.ts";

/** Open connections, and the frames received from and sent to clients so far. */
export interface Traffic {
  connections: number;
  framesIn: number;
  framesOut: number;
}

interface WebSocketApi {
  traffic(): Traffic;
  find(connectionId: string): Connection | undefined;
  /** Cuts every connection without a close frame. */
  stop(): void;
}

export interface ApiOptions {
  service: ServiceFile;
  functions: Functions;
  limits: GatewayLimits;
  clock: Clock;
  /** Takes one request from the account's rate; false if the rate is used up. */
  takeRequest(): boolean;
}

export function webSocketApi(server: Server, options: ApiOptions): WebSocketApi {
  const { service, functions, limits, clock, takeRequest } = options;
  const connections = new Map<string, Connection>();
  const frames = { framesIn: 0, framesOut: 0 };
  const takeConnect = throttle(limits.connectsPerSecond, limits.connectsPerSecond, clock);
  const webSockets = new WebSocketServer({
    noServer: true,
    maxPayload: limits.messageBytes,
    // The client offers subprotocols; only `$connect` selects one. See "headers".
    handleProtocols: () => false,
  });
  const selected = new WeakMap<IncomingMessage, string>();
  webSockets.on("headers", (headers, request) => {
    const protocol = selected.get(request);
    if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });

  async function upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    socket.on("error", () => {});
    const isAdmitted = takeConnect() && takeRequest();
    const shaken = isAdmitted ? await handshake(request, options) : { status: 429 };
    if ("status" in shaken) return void socket.end(refusal(shaken));
    if (shaken.protocol !== undefined) selected.set(request, shaken.protocol);
    open(shaken.peer, request, socket, head);
  }

  function open(peer: Peer, request: IncomingMessage, socket: Socket, head: Buffer): void {
    const { connectionId } = peer;
    let isOpen = false;
    // Calls back at once, or never: the client may have left, or have sent a bad handshake.
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      isOpen = true;
      const connection = openConnection(peer, webSocket, socket, options, {
        onMessage(text) {
          frames.framesIn += 1;
          void answer(connection, text);
        },
        onSent() {
          frames.framesOut += 1;
        },
        onGone: () => void connections.delete(connectionId),
        onClosed: (code, reason) => disconnect(peer, code, reason),
      });
      connections.set(connectionId, connection);
    });
    // `$connect` has accepted it, so `$disconnect` runs too.
    if (!isOpen) disconnect(peer, 1006, "");
  }

  async function answer(connection: Connection, text: string): Promise<void> {
    const { peer } = connection;
    const requestId = randomUUID();
    const { connectionId } = peer;
    const fail = (message: string) =>
      connection.send(JSON.stringify({ message, connectionId, requestId }));
    if (!takeRequest()) return void fail("Too Many Requests");
    const routeKey = routeKeyOf(service, text);
    const route = service.routes.get(routeKey);
    if (route === undefined) return void fail("Forbidden");
    const event = messageEvent(peer, routeKey, requestId, text);
    const response = proxyResponse(await functions.invoke(route.functionName, event));
    if (!connections.has(connectionId)) return;
    if (response === undefined) return void fail("Internal server error");
    if (route.isAnswered && response.body !== "") connection.send(response.body);
  }

  function disconnect(peer: Peer, code: number, reason: string): void {
    const route = service.routes.get("$disconnect");
    if (route) void functions.invoke(route.functionName, disconnectEvent(peer, code, reason));
  }

  server.on("upgrade", (request, socket, head) => void upgrade(request, socket as Socket, head));
  return {
    traffic: () => ({ connections: connections.size, ...frames }),
    find: (connectionId) => connections.get(connectionId),
    stop: () => {
      for (const client of webSockets.clients) client.terminate();
    },
  };
}

/** A frame cannot name a predefined route. A number names the route of its digits. */
function routeKeyOf({ selection, routes }: ServiceFile, text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "$default";
  }
  for (const name of selection) {
    const isObject = typeof value === "object" && value !== null && Object.hasOwn(value, name);
    value = isObject ? Reflect.get(value as object, name) : undefined;
  }
  if (typeof value !== "string" && typeof value !== "number") return "$default";
  const key = String(value);
  return routes.has(key) && !key.startsWith("$") ? key : "$default";
}

function refusal({ status, message = STATUS_CODES[status] ?? "" }: Refused): string {
  const body = JSON.stringify({ message });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    "Connection: close",
    "Content-Type: application/json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `x-amzn-RequestId: ${randomUUID()}`,
    "",
    body,
  ].join("\r\n");
}
