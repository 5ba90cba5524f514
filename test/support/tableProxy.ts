/**
 * Between a copy of the service and its DynamoDB, to make happen what a test cannot wait for: a
 * request that is refused, an answer that gets lost, a process that dies between two requests.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface TableRequest {
  /** Such as `PutItem`. */
  operation: string;
  /** As sent, in DynamoDB's JSON. */
  body: string;
}

/** `lose`: it is carried out, and nobody hears of it. `hold`: so it is, and nobody ever will. */
export type Treatment = "pass" | "refuse" | "lose" | "hold" | Altered;

/** Something else is asked for, and something else answered, as no emulator does by itself. */
export interface Altered {
  /** What is carried out in its place. */
  body: string;
  /** What is made of the answer. */
  answerWith(answer: string): string;
}

export interface TableProxy extends AsyncDisposable {
  url: string;
  /** Asked once about each request, before it is passed on. */
  treat: (request: TableRequest) => Treatment;
  /** Called when a request has been carried out whose answer is held back. */
  onHeld: () => void;
}

export async function tableProxy(databaseUrl: string): Promise<TableProxy> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await text(request);
    const treatment = proxy.treat({ operation: operationOf(request), body: asked });
    const altered = typeof treatment === "object" ? treatment : undefined;
    if (treatment === "refuse") return void response.destroy();
    const { status, body } = await forward(databaseUrl, request, altered?.body ?? asked);
    if (treatment === "lose") return void response.destroy();
    if (treatment === "hold") return proxy.onHeld();
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
    response.end(altered && status === 200 ? altered.answerWith(body) : body);
  }

  const server = createServer((request, response) => {
    // Such as a database that has ended.
    serve(request, response).catch(() => response.destroy());
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

function forward(
  databaseUrl: string,
  { method, headers }: IncomingMessage,
  body: string,
): Promise<{ status: number; body: string }> {
  const { "content-length": _length, "transfer-encoding": _encoding, ...kept } = headers;
  const length = Buffer.byteLength(body);
  return new Promise((resolve, reject) => {
    const options = {
      method,
      // A connection that is kept may be closed just when it is used again.
      agent: false,
      headers: { ...kept, connection: "close", ...(length > 0 && { "content-length": length }) },
    };
    const onward = httpRequest(databaseUrl, options, (answer) => {
      const { statusCode = 500 } = answer;
      text(answer).then((body) => resolve({ status: statusCode, body }), reject);
    });
    onward.once("error", reject).end(body);
  });
}

function operationOf({ headers }: IncomingMessage): string {
  return String(headers["x-amz-target"]).split(".")[1] ?? "";
}
