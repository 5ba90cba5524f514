/**
 * Ports of the local service that are no web page's business: the tables, and the functions by
 * name. A page may send requests to this machine, and its browser says whose page it is.
 */
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isForeign } from "../../local/emulator/foreignRequests.ts";
import { hasJava } from "./java.ts";
import { freePorts, killAll, startService } from "./processes.ts";

const invocation = "/2015-03-31/functions/parley-dev-default/invocations";
const refusal = "only programs on this machine may ask";
const listTables = { "x-amz-target": "DynamoDB_20120810.ListTables" };
const listStreams = { "x-amz-target": "DynamoDBStreams_20120810.ListStreams" };

describe.each(["offline", "faithful"])("beside the gateway %s", (gateway) => {
  let port: number;
  beforeAll(async () => {
    port = await freePorts();
    await startService({ args: ["--port", String(port), "--gateway", gateway] });
  });
  afterAll(killAll);

  const pages: [string, Record<string, string>][] = [
    ["a foreign page", { origin: "https://evil.example" }],
    ["a page without a name, such as one in a sandbox", { origin: "null" }],
    ["a page whose name points to this machine", { host: "evil.example:3002" }],
    ["a page whose name only looks like ours", { host: "localhost.evil.example" }],
  ];

  it.each(pages)("no function is invoked by %s", async (_, headers) => {
    // Its own words: the faithful gateway also refuses a request without a signature.
    const { status, body } = await post(port + 2, invocation, headers);
    expect({ status, body: JSON.parse(body) }).toEqual({ status: 403, body: { message: refusal } });
  });

  it.each(pages)("no table and no stream is read by %s", async (_, headers) => {
    for (const target of [listTables, listStreams]) {
      const { status, allowed } = await post(port + 3, "/", { ...target, ...headers });
      expect({ status, allowed }).toEqual({ status: 403, allowed: undefined });
    }
  });

  it.each([
    ["127.0.0.1", "127.0.0.1"],
    ["::1", "[::1]"],
  ])("a program on this machine that calls it %s is answered", async (address, name) => {
    // No such place: the answer is the API's own.
    const { status } = await post(port + 2, "/", { host: `${name}:${port + 2}` }, address);
    expect(status).toBe(404);
  });
});

it("a request from another machine is foreign, even if its headers say otherwise", () => {
  const from = (remoteAddress: string) =>
    isForeign({ headers: { host: "localhost:3002" }, socket: { remoteAddress } } as never);
  expect(["127.0.0.1", "::1", "::ffff:127.0.0.1"].map(from)).toEqual([false, false, false]);
  expect(["192.0.2.7", "::ffff:192.0.2.7", "fd00::2"].map(from)).toEqual([true, true, true]);
});

describe.runIf(hasJava)("beside DynamoDB Local", () => {
  afterAll(killAll);

  it("no page may read the tables, and a warning says that the network may", async () => {
    const port = await freePorts();
    const args = ["--port", String(port), "--gateway", "faithful", "--dynamodb", "local"];
    const service = await startService({ args });
    const page = { ...listTables, origin: "https://evil.example" };
    const { allowed } = await post(port + 3, "/", page);
    expect(allowed).not.toBe("*");
    expect(allowed).not.toBe("https://evil.example");
    expect(service.output()).toMatch(/^WARNING: DynamoDB Local listens on every address/m);
  });
});

function post(
  port: number,
  path: string,
  headers: Record<string, string>,
  address = "127.0.0.1",
): Promise<{ status: number | undefined; allowed: string | undefined; body: string }> {
  return new Promise((answered, failed) => {
    const asking = request({ host: address, port, path, method: "POST", headers }, (response) => {
      const allowed = response.headers["access-control-allow-origin"];
      text(response).then(
        (body) => answered({ status: response.statusCode, allowed, body }),
        failed,
      );
    });
    asking.once("error", failed).end("{}");
  });
}
