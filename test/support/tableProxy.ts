/**
 * Between a copy of the service and its DynamoDB, to make happen what a test cannot wait for: a
 * request that is refused, an answer that gets lost, a process that dies between two requests.
 */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface TableRequest {
  /** Such as `PutItem`. */
  operation: string;
  /** As sent, in DynamoDB's JSON. */
  body: string;
}

/** `lose`: it is carried out, and nobody hears of it. `hold`: so it is, and nobody ever will. */
export type Treatment = "pass" | "refuse" | "lose" | "hold";

export interface TableProxy extends AsyncDisposable {
  url: string;
  /** Asked once about each request, before it is passed on. */
  treat: (request: TableRequest) => Treatment;
  /** Called when a request has been carried out whose answer is held back. */
  onHeld: () => void;
}

export async function tableProxy(databaseUrl: string): Promise<TableProxy> {
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const treatment = proxy.treat({ operation: operationOf(request), body });
    if (treatment === "refuse") return response.destroy();
    const { method = "GET" } = request;
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      typeof value === "string" && !hopByHop.has(name) ? [[name, value] as [string, string]] : [],
    );
    const init = { method, headers, ...(method === "POST" && { body }) };
    const answer = await fetch(databaseUrl, init);
    const answered = await answer.text();
    if (treatment === "lose") return response.destroy();
    if (treatment === "hold") return proxy.onHeld();
    response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" });
    response.end(answered);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const proxy: TableProxy = {
    url: `http://127.0.0.1:${port}`,
    treat: () => "pass",
    onHeld: () => {},
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return proxy;
}

const hopByHop = new Set(["host", "connection", "content-length", "expect", "transfer-encoding"]);

function operationOf({ headers }: IncomingMessage): string {
  return String(headers["x-amz-target"]).split(".")[1] ?? "";
}
