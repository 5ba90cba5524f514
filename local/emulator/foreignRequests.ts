/**
 * Refuses requests of web pages to ports that are not for pages: the tables, and the functions by
 * name. Neither checks who asks, and a browser lets every page send requests to this machine. The
 * browser names the page in `Origin`. A page whose domain was made to point to this machine (DNS
 * rebinding) may have no `Origin`, but its domain is in `Host`. Programs are let in from this
 * machine only.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";

const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;
const loopbackAddress = /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/;

/** Call it when the server has its own listeners. */
export function refuseForeignRequests(server: Server): void {
  for (const event of ["request", "checkContinue"]) {
    const listeners = server.listeners(event);
    if (listeners.length === 0) continue;
    server.removeAllListeners(event);
    server.on(event, (request: IncomingMessage, response: ServerResponse) => {
      if (isForeign(request)) return refuse(response);
      for (const listener of listeners) listener.call(server, request, response);
    });
  }
}

export function isForeign({ headers, socket }: IncomingMessage): boolean {
  return (
    headers.origin !== undefined ||
    !loopbackHost.test(headers.host ?? "") ||
    !loopbackAddress.test(socket.remoteAddress ?? "")
  );
}

function refuse(response: ServerResponse): void {
  response.writeHead(403, { "content-type": "application/json", connection: "close" });
  response.end('{"message":"only programs on this machine may ask"}');
}
