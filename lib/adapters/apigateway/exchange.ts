/**
 * Requests to one gateway, each with its answer's status and nothing else. One timer ends a request
 * wherever it is by then: still to be signed, waiting for a socket, connecting, without an answer,
 * or in a body that does not end. A status that has come by then is the answer.
 */
import { type ClientRequest, request as overHttp } from "node:http";
import { request as overTls } from "node:https";
import type { Endpoint } from "./endpoint.ts";
import { keptAliveSockets } from "./keptConnections.ts";
import type { SignedRequest } from "./signer.ts";

/**
 * Resolves to the status of the answer within so many milliseconds, or to undefined if there was
 * none; never rejects. A request that has no signature or socket by then is not sent any more.
 */
export type Exchange = (
  signed: Promise<SignedRequest>,
  withinMs: number,
) => Promise<number | undefined>;

export function exchange({ isTls, hostname, port }: Endpoint, socketsMax: number): Exchange {
  const sockets = keptAliveSockets(isTls, socketsMax);
  const request = isTls ? overTls : overHttp;

  return (signed, withinMs) =>
    new Promise((resolve) => {
      let status: number | undefined;
      let opened: ClientRequest | undefined;
      let isOver = false;
      const end = () => {
        isOver = true;
        clearTimeout(timer);
        resolve(status);
      };
      const timer = setTimeout(() => {
        end();
        opened?.destroy();
      }, withinMs);
      const send = ({ method, path, headers, body }: SignedRequest) => {
        if (isOver) return;
        sockets.whenFree((agent) => {
          if (isOver) return sockets.release();
          try {
            opened = request({ agent, hostname, port, method, path, headers });
          } catch {
            // Credentials that are none: no header can hold them.
            sockets.release();
            return end();
          }
          opened.on("response", (response) => {
            status = response.statusCode;
            // Read to its end, or the socket could not be used again.
            response.resume();
          });
          // Whatever it was, there is no answer then; "close" follows.
          opened.on("error", () => {});
          opened.on("close", () => {
            sockets.release();
            end();
          });
          opened.end(body);
        });
      };
      // No credentials: not sent.
      signed.then(send).catch(end);
    });
}
