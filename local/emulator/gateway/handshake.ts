/**
 * What comes before a WebSocket opens: the authorizer, then `$connect`. Either may refuse, and its
 * body and headers never reach the client; of what `$connect` returns, only a subprotocol does.
 */
import type { IncomingMessage } from "node:http";
import { authorize } from "./authorizer.ts";
import { connectEvent, type Peer, peerOf } from "./events.ts";
import type { Functions } from "./functions.ts";
import { proxyResponse } from "./proxyResponse.ts";
import type { ServiceFile } from "./serviceFile.ts";

export interface Refused {
  status: number;
  /** The status's own by default. */
  message?: string;
}

export async function handshake(
  request: IncomingMessage,
  { service, functions }: { service: ServiceFile; functions: Functions },
): Promise<{ peer: Peer; protocol?: string } | Refused> {
  // As under a custom domain: there is no stage in the path, and nothing else either.
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
