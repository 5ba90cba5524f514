/** The HTTP API, as far as functions see it: payload format 2.0, CORS, and failures. */
import { describe, expect, it } from "vitest";
import { type Content, startFixture } from "./running.ts";

const gateway = await startFixture({ limits: { httpBytes: 1000 } });
const catching = await startFixture({}, "fixture/catching/");

const ask = (path: string, init?: RequestInit) => askAt(gateway.httpUrl, path, init);

async function askAt(url: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`${url}${path}`, init);
  const body = await response.text();
  const json: Content = body === "" ? undefined : JSON.parse(body);
  return { status: response.status, headers: response.headers, json };
}

describe("a request", () => {
  it("reaches its function with the path decoded, and gets its answer", async () => {
    const { status, headers, json } = await ask("/things/a%3Ab?x=1&x=%C3%A9&y=2");
    expect(status).toBe(201);
    expect(headers.get("x-own")).toBe("yes");
    expect(json).toMatchObject({
      version: "2.0",
      routeKey: "GET /things/{thing}",
      rawPath: "/things/a:b",
      rawQueryString: "x=1&x=%C3%A9&y=2",
      queryStringParameters: { x: "1,é", y: "2" },
      pathParameters: { thing: "a:b" },
      requestContext: { http: { method: "GET", path: "/things/a:b" }, stage: "$default" },
    });
  });

  it("keeps the whole query if it contains a question mark", async () => {
    expect(await ask("/things/a?x=1?2")).toMatchObject({
      json: { rawQueryString: "x=1?2", queryStringParameters: { x: "1?2" } },
    });
  });

  it.each([
    "//",
    "//host:99999/path",
  ])("of a path that begins with two slashes: %s", async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, json: { message: "Not Found" } });
    expect(await askAt(catching.httpUrl, path)).toMatchObject({
      status: 418,
      json: { routeKey: "$default" },
    });
  });

  it("gets 200 and the returned value if that has no status", async () => {
    expect(await ask("/things", { method: "POST" })).toMatchObject({
      status: 200,
      json: { bare: true },
    });
  });

  it.each([
    ["whose function throws gets 500", "/throw", {}, 500, "Internal Server Error"],
    ["of no route gets 404", "/nowhere", {}, 404, "Not Found"],
    ["of another method gets 404", "/things/a", { method: "PUT" }, 404, "Not Found"],
    ["encoded wrongly gets 404", "/things/%E0%A4%A", {}, 404, "Not Found"],
    [
      "that is too large gets 413",
      "/things",
      { method: "POST", body: "x".repeat(1001) },
      413,
      "Request Entity Too Large",
    ],
  ])("%s", async (_, path, init, status, message) => {
    expect(await ask(path, init)).toMatchObject({ status, json: { message } });
  });
});

describe("a browser's preflight", () => {
  const origin = "https://example.org";
  const headers = { origin, "access-control-request-method": "POST" };
  const preflight = (path: string, changes = {}) =>
    ask(path, { method: "OPTIONS", headers: { ...headers, ...changes } });
  const configured = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET,POST",
    "access-control-allow-headers": "authorization",
    "access-control-expose-headers": "x-own",
    "access-control-max-age": "60",
  };

  it("of a path that has a route is answered by the gateway", async () => {
    const { status, headers } = await preflight("/things");
    expect(status).toBe(204);
    expect(Object.fromEntries(headers)).toMatchObject(configured);
  });

  it("of a path without a route gets 404", async () => {
    expect(await preflight("/nowhere")).toMatchObject({
      status: 404,
      json: { message: "Not Found" },
    });
  });

  it("reaches the function of $default, which takes every method", async () => {
    const { status, headers, json } = await askAt(catching.httpUrl, "/nowhere", {
      method: "OPTIONS",
      headers: { origin, "access-control-request-method": "POST" },
    });
    expect(status).toBe(418);
    expect(json).toEqual({ routeKey: "$default", method: "OPTIONS" });
    expect(Object.fromEntries(headers)).toMatchObject(configured);
  });
});

describe("an answer to a browser", () => {
  it("has the configured CORS headers, and none that the function returned", async () => {
    const headers = { origin: "https://example.org" };
    const answer = await askAt(catching.httpUrl, "/nowhere", { headers });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-methods")).toBe(null);
    const failed = await ask("/throw", { headers });
    expect(failed.headers.get("access-control-allow-origin")).toBe("*");
    const other = await ask("/throw");
    expect(other.headers.get("access-control-allow-origin")).toBe(null);
  });
});
