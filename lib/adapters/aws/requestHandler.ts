/**
 * How the SDK's clients send: its `requestHandler`. It signs as posts are signed, and sends on
 * kept-alive sockets of our own, with a body that is written and read in one piece. Its errors have
 * the codes of the SDK's own handler, so that the SDK tries the same ones again. It knows nothing
 * of streams, proxies or `abortSignal`.
 */
import type { IncomingMessage } from "node:http";
import { type Exchange, exchange, type Outcome, serverAt } from "./exchange.ts";
import { requestSigner, type Sign, type SigningOptions } from "./requestSigner.ts";

interface HandlerOptions {
  /** As signatures name it, such as `dynamodb`. */
  service: string;
  /** The client's, which is there once it has been made. */
  config: () => Pick<SigningOptions, "region" | "credentials">;
  /** From being asked to the end of the answer's body. */
  requestMs: number;
  /** Of these, to open a socket. */
  connectMs: number;
  /** To each server. */
  socketsMax: number;
}

/** What the SDK hands over. It must not change any more. */
export interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number | undefined;
  method: string;
  path: string;
  query?: Record<string, string | string[] | null>;
  headers: Record<string, string>;
  body?: Uint8Array | string;
}

/** What the SDK gets back. */
export interface SdkResponse {
  statusCode: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** Middleware whose work the handler does, and the logger, which copies all to log nothing. */
const needless = [
  "contentLengthMiddleware",
  "hostHeaderMiddleware",
  "httpAuthSchemeMiddleware",
  "httpSigningMiddleware",
  "getUserAgentMiddleware",
  "loggerMiddleware",
];

/** For a client that is given the handler. */
export function leaveToHandler({ middlewareStack }: { middlewareStack: Stack }): void {
  for (const name of needless) middlewareStack.remove(name);
}

interface Stack {
  remove(name: string): boolean;
}

export function requestHandler({ service, config, requestMs, ...sockets }: HandlerOptions) {
  const known = new Map<string, { ask: Exchange["ask"]; close(): void; sign: Sign }>();
  const serverOf = ({ protocol, hostname, port }: SdkRequest) => {
    const host = port === undefined ? hostname : `${hostname}:${port}`;
    const found = known.get(host);
    if (found !== undefined) return found;
    const made = {
      ...exchange(serverAt({ protocol, hostname, port }), sockets),
      sign: requestSigner({
        service,
        host,
        region: () => config().region(),
        credentials: () => config().credentials(),
      }),
    };
    known.set(host, made);
    return made;
  };
  return {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request: SdkRequest): Promise<{ response: SdkResponse }> {
      const { method, path, query = {}, headers, body = "" } = request;
      if (Object.keys(query).length > 0) {
        throw new TypeError("a request with a query cannot be sent");
      }
      const chunks: Buffer[] = [];
      const read = (response: IncomingMessage) => {
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        // A body that is cut off: `complete` says so.
        response.on("error", () => {});
      };
      const { ask, sign } = serverOf(request);
      const response = whole(await ask(sign({ method, path, headers, body }), requestMs, read));
      return {
        response: {
          statusCode: response.statusCode ?? 0,
          headers: response.headers as Record<string, string>,
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

/** @throws Error by whose code the SDK knows whether to try again, unless the answer came whole */
function whole({ response, error }: Outcome): IncomingMessage {
  if (response?.complete && error === undefined) return response;
  throw error ?? Object.assign(new Error("the answer was cut off"), { code: "ECONNRESET" });
}

function inOnePiece(chunks: readonly Buffer[]): Buffer {
  const [first = Buffer.alloc(0)] = chunks;
  return chunks.length > 1 ? Buffer.concat(chunks) : first;
}
