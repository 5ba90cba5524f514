/**
 * Requests to one gateway over kept-alive sockets, each with its answer's status and nothing else.
 *
 * A Lambda is frozen between invocations, for minutes, while its sockets are closed at their other
 * end or forgotten by what is in between: the first would fail a request at once, the second would
 * keep it waiting for an answer until its deadline. So whatever rested too long is not used again.
 * A timer sees to a socket that rests while others work. It does not run while we are frozen, so
 * what rested altogether is noticed by the clock, at the next request.
 */
import { type ClientRequest, Agent as HttpAgent, request as overHttp } from "node:http";
import { Agent as HttpsAgent, request as overTls } from "node:https";
import type { Endpoint } from "./endpoint.ts";
import type { SignedRequest } from "./signer.ts";

/**
 * Below the minute after which load balancers close an idle connection. A gateway that announces a
 * shorter time is believed.
 */
const restMsMax = 30_000;

/**
 * Resolves to the status of the answer within so many milliseconds, or to undefined if there was
 * none; never rejects. A request still waiting for its signature or for a socket then is not sent.
 */
export type Exchange = (
  signed: Promise<SignedRequest>,
  withinMs: number,
) => Promise<number | undefined>;

export function exchange(endpoint: Endpoint, socketsMax: number): Exchange {
  const { isTls, hostname, port } = endpoint;
  const newAgent = () => {
    const options = { keepAlive: true, maxSockets: socketsMax, timeout: restMsMax };
    return isTls ? new HttpsAgent(options) : new HttpAgent(options);
  };
  const request = isTls ? overTls : overHttp;
  let agent = newAgent();
  let usedAtMs = Date.now();

  const open = ({ method, path, headers }: SignedRequest): ClientRequest => {
    const nowMs = Date.now();
    if (nowMs - usedAtMs > restMsMax) {
      agent.destroy();
      agent = newAgent();
    }
    usedAtMs = nowMs;
    return request({ agent, hostname, port, method, path, headers });
  };

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
      const send = (what: SignedRequest) => {
        if (isOver) return;
        opened = open(what);
        opened.on("response", (response) => {
          status = response.statusCode;
          // Read to its end, or the socket could not be used again.
          response.resume();
        });
        // Whatever it was, there is no answer then; "close" follows.
        opened.on("error", () => {});
        opened.on("close", end);
        opened.end(what.body);
      };
      // No credentials, or a request that cannot be made: not sent.
      signed.then(send).catch(end);
    });
}
