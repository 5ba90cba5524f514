/** An HTTP server that answers as a test says, and remembers what reached it. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { hangMs } from "../support/hang.ts";

/** For an answer that comes: a busy machine is no slow gateway. */
export const answerMs = hangMs;

interface Arrived {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export interface ScriptedGateway {
  url: string;
  /** Requests that arrived whole. */
  requests: Arrived[];
  /** Sockets that were opened. */
  readonly sockets: number;
  /** How requests are answered from now on, each once it is here whole: 200 unless changed. */
  answer: (response: ServerResponse, request: IncomingMessage) => void;
  stop(): void;
}

export async function scriptedGateway(): Promise<ScriptedGateway> {
  let sockets = 0;
  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    const { method = "", url = "", headers } = request;
    gateway.requests.push({ method, url, headers, body });
    gateway.answer(response, request);
  });
  server.on("connection", () => {
    sockets += 1;
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const gateway: ScriptedGateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    get sockets() {
      return sockets;
    },
    answer: (response) => void response.writeHead(200).end(),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return gateway;
}
