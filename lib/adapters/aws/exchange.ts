/**
 * Requests to one server of AWS, each with its answer. One timer ends a request in any state:
 * still to be signed, waiting for a socket, connecting, without an answer, or in a body that does
 * not end.
 */
import { type ClientRequest, type IncomingMessage, request as overHttp } from "node:http";
import { request as overTls } from "node:https";
import { keptAliveSockets, type PoolOptions, timeoutError } from "./keptConnections.ts";

/** Where to connect. */
export interface Server {
  isTls: boolean;
  /** Without the brackets of an IPv6 address. */
  hostname: string;
  port: number;
}

/** From the parts of a URL, where an IPv6 address has brackets. */
export function serverAt(url: {
  protocol: string;
  hostname: string;
  port?: number | undefined;
}): Server {
  const isTls = url.protocol === "https:";
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  return { isTls, hostname, port: url.port ?? (isTls ? 443 : 80) };
}

export interface HttpRequest {
  method: string;
  path: string;
  /** Names and values in turn, as Node takes them; the body's length is one of them. */
  headers: string[];
  body: Uint8Array | string;
}

export interface Outcome {
  /** Its head has come; `complete` says whether its body has. */
  response?: IncomingMessage;
  /** Why there is no more of it. */
  error?: Error;
}

export interface Exchange {
  /**
   * Resolves to what came within so many milliseconds; never rejects. A request that has no
   * signature or socket by then is not sent any more. `read` has to consume the response, or the
   * socket could not be used again.
   */
  ask(
    signed: Promise<HttpRequest>,
    withinMs: number,
    read: (response: IncomingMessage) => void,
  ): Promise<Outcome>;
  /** Closes all sockets. What is under way fails. */
  close(): void;
}

export function exchange({ isTls, hostname, port }: Server, options: PoolOptions): Exchange {
  const sockets = keptAliveSockets(isTls, options);
  const request = isTls ? overTls : overHttp;

  const ask: Exchange["ask"] = (signed, withinMs, read) =>
    new Promise((resolve) => {
      const outcome: Outcome = {};
      let opened: ClientRequest | undefined;
      let isOver = false;
      const end = () => {
        isOver = true;
        clearTimeout(timer);
        resolve(outcome);
      };
      const fail = (error: Error) => {
        outcome.error ??= error;
        end();
      };
      const timer = setTimeout(() => {
        fail(timeoutError(`no whole answer within ${withinMs} ms`));
        opened?.destroy();
      }, withinMs);
      const send = ({ method, path, headers, body }: HttpRequest) => {
        if (isOver) return;
        sockets.whenFree((agent) => {
          if (isOver) return sockets.release();
          try {
            opened = request({ agent, hostname, port, method, path, headers });
          } catch (error) {
            // Credentials that are none: no header can hold them.
            sockets.release();
            return fail(error as Error);
          }
          opened.on("response", (response) => {
            outcome.response = response;
            read(response);
          });
          // "close" follows.
          opened.on("error", (error) => {
            outcome.error ??= error;
          });
          opened.on("close", () => {
            sockets.release();
            end();
          });
          opened.end(body);
        });
      };
      // No credentials: not sent.
      signed.then(send).catch(fail);
    });
  return { ask, close: sockets.close };
}
