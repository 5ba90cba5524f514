/** What posting through a gateway promises, against an HTTP server that answers as gateways do. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { apiGatewayGateways } from "../../lib/adapters/apigateway/gateways.ts";

let server: Server;
let gateway: string;
let requests: { method: string; url: string; body: string; authorization: string }[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  process.env["AWS_ACCESS_KEY_ID"] ??= "local";
  process.env["AWS_SECRET_ACCESS_KEY"] ??= "local";
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({
      method: String(request.method),
      url: String(request.url),
      body: Buffer.concat(chunks).toString(),
      authorization: String(request.headers.authorization),
    });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  gateway = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  requests = [];
  answer = (_request, response) => response.writeHead(200).end();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const bytes = new TextEncoder().encode('{"type":"pong","atMs":1}');
const status = (code: number, headers: Record<string, string> = {}) => {
  answer = (_request, response) => response.writeHead(code, headers).end("{}");
};

describe("posting through API Gateway", () => {
  const gateways = apiGatewayGateways("us-east-1");
  const post = (connectionId = "abc=", withinMs = 2_000) =>
    gateways.post({ gateway, connectionId }, bytes, withinMs);

  it("posts the bytes to the connection, signed, its id encoded", async () => {
    expect(await post("L0SM9cOFvHcCIhw=")).toBe("delivered");
    expect(requests).toMatchObject([
      { method: "POST", url: "/@connections/L0SM9cOFvHcCIhw%3D", body: '{"type":"pong","atMs":1}' },
    ]);
    expect(requests[0]?.authorization).toContain("/us-east-1/execute-api/aws4_request");
  });

  it("keeps the stage of an endpoint that has one", async () => {
    await gateways.post({ gateway: `${gateway}/prod`, connectionId: "abc=" }, bytes, 2_000);
    expect(requests[0]?.url).toBe("/prod/@connections/abc%3D");
  });

  it.each([
    [200, "delivered"],
    [204, "delivered"],
    [400, "refused"],
    [403, "refused"],
    [410, "gone"],
    [413, "refused"],
    [429, "throttled"],
    [500, "failed"],
    [503, "failed"],
  ] as const)("takes %i for %s, asking once", async (code, result) => {
    status(code);
    expect(await post()).toBe(result);
    expect(requests).toHaveLength(1);
  });

  it("knows a 410 with and without the name of its error", async () => {
    status(410, { "x-amzn-errortype": "GoneException" });
    expect(await post()).toBe("gone");
    status(410);
    expect(await post()).toBe("gone");
  });

  it("gives up a gateway that does not answer in time", async () => {
    answer = () => {};
    expect(await post("abc=", 50)).toBe("failed");
  });

  it("takes a gateway that cannot be reached for one that failed", async () => {
    const unreachable = { gateway: "http://127.0.0.1:9", connectionId: "abc=" };
    expect(await gateways.post(unreachable, bytes, 2_000)).toBe("failed");
    await gateways.close(unreachable);
  });

  it("closes a connection, and does not mind that it is gone", async () => {
    await gateways.close({ gateway, connectionId: "abc=" });
    expect(requests).toMatchObject([{ method: "DELETE", url: "/@connections/abc%3D" }]);
    status(410);
    await gateways.close({ gateway, connectionId: "abc=" });
  });
});
