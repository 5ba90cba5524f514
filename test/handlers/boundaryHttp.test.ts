/** HTTP requests: what is a body, and what an error looks like whatever went wrong. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, it, vi } from "vitest";
import { type MemoryRuntime, memoryRuntime } from "../support/memoryRuntime.ts";

vi.mock("../../lib/runtime.ts", () => ({
  ...memoryRuntime(),
  health: () => async () => {
    throw new Error("table on fire");
  },
  tokens: () => ({
    verify: async () => ({ identity: { user: "alice", expiresAtMs: 1, scopes: [] } }),
  }),
}));
const { here } = (await import("../../lib/runtime.ts")) as unknown as MemoryRuntime;
const { handler } = await import("../../handlers/http.ts");

async function request(routeKey: string, changes: object = {}) {
  const event = {
    routeKey,
    rawPath: "/",
    headers: { authorization: "Bearer token" },
    pathParameters: { room: "dm:alice:bob" },
    requestContext: { requestId: "request-1", http: { method: routeKey.split(" ")[0] } },
    isBase64Encoded: false,
    ...changes,
  };
  const answer = await handler(event as unknown as APIGatewayProxyEventV2);
  const { statusCode: status, headers, body } = answer;
  return { status, headers, body: body === undefined ? undefined : JSON.parse(body) };
}
const post = (changes: object) => request("POST /rooms/{room}/messages", changes);
const base64 = (bytes: Uint8Array | string) => ({
  body: Buffer.from(bytes).toString("base64"),
  isBase64Encoded: true,
});

it("reads a body either way that a gateway gives it", async () => {
  expect(await post({ body: '{"text":"é"}' })).toMatchObject({ status: 201, body: { seq: 1 } });
  expect(await post(base64('{"text":"é"}'))).toMatchObject({ status: 201, body: { seq: 2 } });
  expect((await here.ports.log.find("dm:alice:bob", 2))?.text).toBe("é");
});

it.each([
  ["nothing", {}, 400],
  ["no JSON", { body: "{" }, 400],
  ["no object", { body: "[]" }, 400],
  ["no UTF-8", base64(Uint8Array.from([...Buffer.from('{"text":"'), 0xff, 0x22, 0x7d])), 400],
  ["too much", { body: JSON.stringify({ text: "x".repeat(32_768) }) }, 413],
  ["a smuggled room", { body: '{"text":"hi","room":"general"}' }, 400],
])("refuses a body that is %s", async (_case, changes, status) => {
  expect(await post(changes)).toMatchObject({ status, body: { error: { retryable: false } } });
});

describe("a body in another charset", () => {
  const json = (type: string, bytes: Buffer, changes: object = {}) => ({
    // As gateways do: what is JSON by its type is decoded as UTF-8, come what may.
    body: bytes.toString("utf8"),
    headers: {
      authorization: "Bearer token",
      "content-type": type,
      "content-length": String(bytes.length),
      ...changes,
    },
  });
  const latin1 = Buffer.from('{"text":"caf\u00e9"}', "latin1");

  it.each([
    ["says so", json("application/json; charset=iso-8859-1", latin1)],
    ["says so, in quotes", json('application/json; Charset="ISO-8859-1"', latin1)],
    ["says nothing", json("application/json", latin1)],
    ["says that it is UTF-8", json("application/json; charset=utf-8", latin1)],
    ["has no length either", json("application/json", latin1, { "content-length": undefined })],
    ["says UTF-16, in bytes that are ASCII", json("text/plain;charset=utf-16", Buffer.from("{}"))],
  ])("is refused when it %s, and stores nothing", async (_what, changes) => {
    const before = await here.ports.log.tail("dm:alice:bob", 10);
    const { status, body } = await post(changes);
    expect({ status, code: body.error.code }).toEqual({ status: 400, code: "bad_request" });
    expect(body.error.message).toMatch(/utf-8/i);
    expect(await here.ports.log.tail("dm:alice:bob", 10)).toEqual(before);
  });

  it.each([
    ["as its three bytes", Buffer.from('{"text":"\ufffd?"}')],
    ["escaped", Buffer.from('{"text":"\\ufffd?"}')],
  ])("is not suspected of U+FFFD that was sent on purpose, %s", async (_how, bytes) => {
    const { status, body } = await post(json('application/json; charset="UTF-8"', bytes));
    expect(status).toBe(201);
    expect((await here.ports.log.find("dm:alice:bob", body.seq))?.text).toBe("\ufffd?");
  });
});

it("refuses a malformed Idempotency-Key by its name", async () => {
  const headers = { authorization: "Bearer token", "Idempotency-Key": "a b" };
  const { status, body } = await post({ body: '{"text":"hi"}', headers });
  expect(status).toBe(400);
  expect(body.error.message).toMatch(/^unable to send; in the Idempotency-Key header, /);
});

it("is unhealthy, and says no more, when the tables do not answer", async () => {
  const { status, body } = await request("GET /health", {
    headers: {},
    pathParameters: undefined,
  });
  expect(status).toBe(503);
  expect(body.error).toMatchObject({ code: "unavailable", retryable: true });
  expect(JSON.stringify(body)).not.toContain("fire");
});

it("knows no path but its own, not even one named like a property of objects", async () => {
  for (const routeKey of ["$default", "constructor", "__proto__"]) {
    expect(await request(routeKey)).toMatchObject({
      status: 404,
      body: { error: { code: "not_found" } },
    });
  }
});

/** As AWS gives what matches no route. */
const unmatched = (method: string, rawPath: string) =>
  request("$default", {
    rawPath,
    pathParameters: undefined,
    requestContext: { requestId: "request-1", http: { method } },
  });

it("finds the route where the gateway found none: HEAD, and a slash at the end", async () => {
  const events = "/rooms/dm:alice:bob/events";
  expect(await unmatched("GET", `${events}/`)).toMatchObject({
    status: 200,
    body: { room: "dm:alice:bob" },
  });
  expect(await unmatched("HEAD", events)).toMatchObject({ status: 200, body: undefined });
  expect(await unmatched("HEAD", `${events}/`)).toMatchObject({ status: 200, body: undefined });
});

it.each([
  ["DELETE", "/rooms/dm:alice:bob/events"],
  ["HEAD", "/rooms/dm:alice:bob/messages"],
  ["GET", "/rooms/dm:alice:bob/events//"],
  ["GET", "/rooms/dm:alice:bob"],
  ["GET", "/"],
])("finds no route for %s %s", async (method, path) => {
  expect(await unmatched(method, path)).toMatchObject({ status: 404 });
});

it("finds an empty name in a path that is not one", async () => {
  expect(await unmatched("GET", "/rooms//events/")).toMatchObject({ status: 400 });
});

it("answers a preflight with all that a browser asks for, on any path", async () => {
  expect(await unmatched("OPTIONS", "/rooms/general/messages")).toEqual({
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET,POST",
      "access-control-allow-headers": "authorization,content-type,idempotency-key",
      "access-control-max-age": "86400",
    },
    body: undefined,
  });
});
