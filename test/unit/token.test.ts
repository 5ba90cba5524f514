import { describe, expect, it } from "vitest";
import { findToken, type Handshake, selectSubprotocol } from "../../lib/identity/token.ts";
import type { RefusalReason } from "../../lib/identity/tokenRefusal.ts";

const handshake = (changes: Partial<Handshake>): Handshake => ({
  query: {},
  headers: {},
  ...changes,
});

describe("findToken", () => {
  it.each<[string, Partial<Handshake>]>([
    ["the query", { query: { token: ["jwt"] } }],
    ["the authorization header", { headers: { Authorization: ["Bearer jwt"] } }],
    ["the authorization header, in any case", { headers: { aUTHORIZATION: ["bearer  jwt "] } }],
    ["a subprotocol", { headers: { "Sec-WebSocket-Protocol": ["parley.v1, parley.token.jwt"] } }],
    [
      "a subprotocol in a header of its own",
      { headers: { "sec-websocket-protocol": ["parley.v1", "parley.token.jwt"] } },
    ],
  ])("finds a token in %s", (_place, changes) => {
    expect(findToken(handshake(changes))).toEqual({ token: "jwt" });
  });

  it.each<[string, Partial<Handshake>, RefusalReason?]>([
    ["no token", {}, "no_token"],
    ["an empty token", { query: { token: [""] } }, "malformed_place"],
    ["two tokens in the query", { query: { token: ["jwt", "jwt"] } }],
    ["two authorization headers", { headers: { authorization: ["Bearer jwt", "Bearer jwt"] } }],
    [
      "two tokens among the subprotocols",
      { headers: { "sec-websocket-protocol": ["parley.v1, parley.token.a, parley.token.b"] } },
    ],
    [
      "the query and a header",
      { query: { token: ["jwt"] }, headers: { authorization: ["Bearer jwt"] } },
    ],
    [
      "the query and a header that holds none",
      { query: { token: ["jwt"] }, headers: { authorization: ["Basic YTpi"] } },
    ],
    [
      "the query and a subprotocol",
      {
        query: { token: ["jwt"] },
        headers: { "sec-websocket-protocol": ["parley.v1, parley.token.jwt"] },
      },
    ],
    [
      "a subprotocol without ours first",
      { headers: { "sec-websocket-protocol": ["parley.token.jwt"] } },
      "malformed_place",
    ],
    [
      "a subprotocol with ours second",
      { headers: { "sec-websocket-protocol": ["parley.token.jwt, parley.v1"] } },
      "malformed_place",
    ],
    ["another scheme", { headers: { authorization: ["Basic YTpi"] } }, "malformed_place"],
    ["a bearer without a token", { headers: { authorization: ["Bearer"] } }, "malformed_place"],
    ["a bearer with two words", { headers: { authorization: ["Bearer a b"] } }, "malformed_place"],
    ["an overlong token", { query: { token: ["x".repeat(8_193)] } }, "too_long"],
  ])("finds none with %s, and says why", (_case, changes, reason = "several_tokens") => {
    expect(findToken(handshake(changes))).toEqual({ refused: { reason } });
  });
});

describe("selectSubprotocol", () => {
  it("selects ours only when it is offered first", () => {
    const offering = (value: string) =>
      selectSubprotocol(handshake({ headers: { "Sec-WebSocket-Protocol": [value] } }));
    expect(offering("parley.v1")).toBe("parley.v1");
    expect(offering("parley.v1, other")).toBe("parley.v1");
    expect(offering("other, parley.v1")).toBeUndefined();
    expect(selectSubprotocol(handshake({}))).toBeUndefined();
  });
});
