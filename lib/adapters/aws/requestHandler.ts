/**
 * How the SDK's clients send: its `requestHandler`, on kept-alive sockets of our own, with a body
 * that is written and read in one piece. Its errors have the codes of the SDK's own handler, so
 * that the SDK tries the same ones again. It knows nothing of streams, proxies or `abortSignal`.
 */
import type { IncomingMessage } from "node:http";
import { type Exchange, exchange, type HttpRequest, type Outcome, serverAt } from "./exchange.ts";

interface HandlerOptions {
  /** From being asked to the end of the answer's body. */
  requestMs: number;
  /** Of these, to open a socket. */
  connectMs: number;
  /** To each server. */
  socketsMax: number;
}

/** What the SDK hands over, signed. */
export interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number;
  method: string;
  path: string;
  query: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: Uint8Array | string;
}

/** What the SDK gets back. */
export interface SdkResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: Buffer;
}

export function requestHandler({ requestMs, ...sockets }: HandlerOptions) {
  const known = new Map<string, Exchange>();
  const exchangeWith = (request: SdkRequest): Exchange => {
    const name = `${request.protocol}//${request.hostname}:${request.port}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const made = exchange(serverAt(request), sockets);
    known.set(name, made);
    return made;
  };
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request: SdkRequest): Promise<{ response: SdkResponse }> {
      const chunks: Buffer[] = [];
      const read = (response: IncomingMessage) => {
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        // A body that is cut off: `complete` says so.
        response.on("error", () => {});
      };
      const asked = Promise.resolve(toHttp(request));
      const response = whole(await exchangeWith(request).ask(asked, requestMs, read));
      return {
        response: {
          statusCode: response.statusCode ?? 0,
          headers: { ...response.headers } as Record<string, string>,
          body: inOnePiece(chunks),
        },
      };
    },
    // The SDK's clients ask for both; nothing here changes once it is made.
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    destroy() {
      for (const each of known.values()) each.close();
      known.clear();
    },
  };
}

function toHttp({ method, path, query, headers, body = "" }: SdkRequest): HttpRequest {
  if (Object.keys(query).length > 0) throw new TypeError("a request with a query cannot be sent");
  return { method, path, headers: Object.entries(headers).flat(), body };
}

/** @throws Error by whose code the SDK knows whether to try again, unless the answer came whole */
function whole({ response, error }: Outcome): IncomingMessage {
  if (response?.complete && error === undefined) return response;
  throw error ?? Object.assign(new Error("the answer was cut off"), { code: "ECONNRESET" });
}

function inOnePiece(chunks: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0)] = chunks;
  return chunks.length > 1 ? Buffer.concat(chunks) : first;
}
