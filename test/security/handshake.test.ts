/**
 * How the authorizer reads an event, and what it logs. Which places for a token are good is in
 * test/unit/token.test.ts, and what a gateway makes of a refusal in test/e2e/handshake.test.ts.
 */
import { describe, expect, it, vi } from "vitest";
import type { HandshakeEvent } from "../../handlers/handshake.ts";
import { attacked, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { askHttp, shakeHands, here } = await attacked();

const good = await signed();
const bobs = await signed({ sub: "bob" });
const bearer = { Authorization: `Bearer ${good}` };
const protocols = (...offered: string[]) => ({ "Sec-WebSocket-Protocol": offered.join(", ") });
const ours = ["parley.v1", `parley.token.${good}`];

describe("a handshake", () => {
  it.each<[string, HandshakeEvent]>([
    ["in the query", { queryStringParameters: { token: good } }],
    ["as a bearer", { headers: bearer }],
    ["among the subprotocols", { headers: protocols(...ours) }],
  ])("with a token %s is let in", async (_where, event) => {
    expect(await shakeHands(event)).toBe("alice");
  });

  it.each<[string, HandshakeEvent]>([
    ["two in the query", { multiValueQueryStringParameters: { token: [good, good] } }],
    [
      "two as bearers",
      { multiValueHeaders: { Authorization: [bearer.Authorization, bearer.Authorization] } },
    ],
    [
      "two headers whose names differ by case",
      { headers: { ...bearer, authorization: bearer.Authorization } },
    ],
    [
      "one in a header that nobody asked for",
      { headers: { "X-Token": good, Cookie: `token=${good}` } },
    ],
  ])("with %s is refused", async (_what, event) => {
    await expect(shakeHands(event)).rejects.toThrow(/^Unauthorized$/);
  });
});

describe("a handshake that is refused", () => {
  it("leaves one line that counts its reason, and no stack, in the log", async () => {
    for (const [event, reason] of [
      [{}, "no_token"],
      [{ queryStringParameters: { token: good }, headers: bearer }, "several_tokens"],
      [{ headers: { Authorization: `Basic ${good}` } }, "malformed_place"],
    ] as const) {
      here.reports.length = 0;
      const refusal = await shakeHands(event).catch((error: unknown) => error);
      // Lambda logs what is thrown; a stack must be a string there, or the answer is a 500.
      expect(refusal).toMatchObject({ message: "Unauthorized", stack: "" });
      const details = { door: "handshake", reason };
      expect(here.reports).toEqual([{ what: "token refused", details }]);
    }
  });

  it("leaves a line that says why its claim names no user, without the value", async () => {
    here.reports.length = 0;
    const token = await signed({ sub: "Zoë Example" });
    await shakeHands({ queryStringParameters: { token } }).catch(() => {});
    expect(here.reports).toMatchObject([
      { details: { reason: "no_user", detail: expect.stringMatching(/^sub must be a user: /) } },
    ]);
    expect(JSON.stringify(here.reports)).not.toContain("Zoë");
  });
});

describe("an HTTP request", () => {
  it.each<[string, object]>([
    ["no token", { token: undefined }],
    ["one in the query", { token: undefined, query: { token: good } }],
    [
      "one under another kind of authorization",
      { token: undefined, headers: { authorization: `Basic ${good}` } },
    ],
    ["one in the body", { token: undefined, body: { text: "hi", token: good } }],
    ["two that differ", { headers: { Authorization: `Bearer ${bobs}` } }],
  ])("with %s is refused on every path but the open one", async (_what, asked) => {
    for (const route of [
      "POST /rooms/{room}/messages",
      "GET /rooms/{room}/events",
      "GET /rooms/{room}/online",
      "POST /users/{user}/notices",
      "GET /gateway",
    ]) {
      const path = { room: "general", user: "bob" };
      const { status, body } = await askHttp(route, { path, ...asked });
      expect({ route, status, code: body.error?.code }).toEqual({
        route,
        status: 401,
        code: "unauthorized",
      });
    }
  });
});
