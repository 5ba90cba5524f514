/** Where a token may be, at the authorizer, and what a real gateway makes of the refusal. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import type { HandshakeEvent } from "../../handlers/handshake.ts";
import { developmentToken } from "../../local/tokens.ts";
import { killAll } from "../local/processes.ts";
import { type Copy, startCopy } from "../support/endpoints.ts";
import { refused } from "../support/http.ts";
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
    ["no token", {}],
    ["an empty one", { queryStringParameters: { token: "" } }],
    ["two in the query", { multiValueQueryStringParameters: { token: [good, good] } }],
    [
      "two as bearers",
      { multiValueHeaders: { Authorization: [bearer.Authorization, bearer.Authorization] } },
    ],
    [
      "two headers whose names differ by case",
      { headers: { ...bearer, authorization: bearer.Authorization } },
    ],
    ["two among the subprotocols", { headers: protocols(...ours, `parley.token.${good}`) }],
    [
      "one in the query and one as a bearer",
      { queryStringParameters: { token: good }, headers: bearer },
    ],
    [
      "one in the query and one among the subprotocols",
      { queryStringParameters: { token: good }, headers: protocols(...ours) },
    ],
    [
      "one as a bearer and one among the subprotocols",
      { headers: { ...bearer, ...protocols(...ours) } },
    ],
    ["a good one beside an empty place", { queryStringParameters: { token: "" }, headers: bearer }],
    [
      "a good one beside another kind of authorization",
      { queryStringParameters: { token: good }, headers: { Authorization: "Basic YTpi" } },
    ],
    ["one under another kind of authorization", { headers: { Authorization: `Basic ${good}` } }],
    [
      "one in a header that nobody asked for",
      { headers: { "X-Token": good, Cookie: `token=${good}` } },
    ],
    ["one among the subprotocols without ours", { headers: protocols(`parley.token.${good}`) }],
    ["one among the subprotocols, ours last", { headers: protocols(...ours.toReversed()) }],
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

/** 101, or what the gateway refuses a handshake with. */
function statusOf({ websocketUrl }: Copy, query: string): Promise<number> {
  const socket = new WebSocket(`${websocketUrl}/${query}`);
  return new Promise((resolve, reject) => {
    socket.once("open", () => socket.once("close", () => resolve(101)).close());
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      resolve(response.statusCode ?? 0);
    });
    socket.once("error", reject);
  });
}

describe("over a real gateway", () => {
  let at: Copy;
  beforeAll(async () => {
    at = await startCopy(["--gateway", "faithful"]);
  });
  afterAll(killAll);

  it.each<[string, () => Promise<string> | string]>([
    ["no token", () => ""],
    ["a forged one", async () => `?token=${await signed()}`],
    ["an expired one", async () => `?token=${await developmentToken("alice", { ttlSeconds: -1 })}`],
    [
      "two good ones",
      async () => `?token=${await developmentToken("a")}&token=${await developmentToken("b")}`,
    ],
  ])("a handshake with %s ends with 401", async (_what, query) => {
    expect(await statusOf(at, await query())).toBe(401);
  });

  it("a good one is let in, so that the others are bad for one reason each", async () => {
    expect(await statusOf(at, `?token=${await developmentToken("alice")}`)).toBe(101);
  });

  it("HTTP with a forged token ends with 401 as well", async () => {
    const forged = { at, token: await signed() };
    expect(await refused("GET /gateway", forged)).toMatchObject({ code: "unauthorized" });
  });
});
