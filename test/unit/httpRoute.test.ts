/** Which route a request is for when the gateway found none. */
import { describe, expect, it } from "vitest";
import { routeOf } from "../../lib/protocol/httpRoute.ts";

const routed = (method: string, rawPath: string) =>
  routeOf({ routeKey: "$default", rawPath, requestContext: { http: { method } } });

describe("a request that the gateway found no route for", () => {
  it.each([
    ["POST", "/users/Zm9v/YmFy/notices", "POST /users/{user}/notices", { user: "Zm9v/YmFy" }],
    ["POST", "/users//notices/notices", "POST /users/{user}/notices", { user: "/notices" }],
    ["GET", "/rooms/dm:a/b:c/events", "GET /rooms/{room}/events", { room: "dm:a/b:c" }],
    ["HEAD", "/rooms/dm:a/b:c/online/", "GET /rooms/{room}/online", { room: "dm:a/b:c" }],
    ["GET", "/health/", "GET /health", {}],
  ])("is for a name with slashes: %s %s", (method, path, routeKey, pathParameters) => {
    expect(routed(method, path)).toEqual({ routeKey, pathParameters });
  });

  it.each([
    ["GET", "/users/alice/notices"],
    ["POST", "/users/notices"],
    ["POST", "/users/alice/notices/more"],
    ["GET", "/rooms/events"],
    ["GET", "/health/now"],
    ["GET", "/"],
  ])("is for nothing: %s %s", (method, path) => {
    expect(() => routed(method, path)).toThrow(/no such path/);
  });
});
