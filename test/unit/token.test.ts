import { describe, expect, it } from "vitest";
import {
  displayName,
  findToken,
  type Handshake,
  identityOf,
  selectSubprotocol,
} from "../../lib/domain/token.ts";

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
    expect(findToken(handshake(changes))).toBe("jwt");
  });

  it.each<[string, Partial<Handshake>]>([
    ["no token", {}],
    ["an empty token", { query: { token: [""] } }],
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
    ],
    [
      "a subprotocol with ours second",
      { headers: { "sec-websocket-protocol": ["parley.token.jwt, parley.v1"] } },
    ],
    ["another scheme", { headers: { authorization: ["Basic YTpi"] } }],
    ["a bearer without a token", { headers: { authorization: ["Bearer"] } }],
    ["a bearer with two words", { headers: { authorization: ["Bearer a b"] } }],
    ["an overlong token", { query: { token: ["x".repeat(8_193)] } }],
  ])("finds none with %s", (_case, changes) => {
    expect(findToken(handshake(changes))).toBeUndefined();
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

describe("identityOf", () => {
  const claims = { sub: "alice", exp: 1_800_000_000, name: "Alice", scope: "a notices:write" };

  it("takes the user, the name, the expiry and the scopes from the claims", () => {
    expect(identityOf(claims, "sub")).toEqual({
      user: "alice",
      name: "Alice",
      expiresAtMs: 1_800_000_000_000,
      scopes: ["a", "notices:write"],
    });
  });

  it("takes the user from the claim that is configured", () => {
    const cognito = { ...claims, "cognito:username": "bob" };
    expect(identityOf(cognito, "cognito:username")?.user).toBe("bob");
  });

  it.each([
    ["no user", { sub: undefined }],
    ["a user that is no string", { sub: 5 }],
    ["a user outside the grammar", { sub: "alice " }],
    ["an overlong user", { sub: "a".repeat(256) }],
    ["no expiry", { exp: undefined }],
    ["an expiry that is text", { exp: "1800000000" }],
    ["an expiry that is no number", { exp: Number.NaN }],
    ["an endless expiry", { exp: Number.POSITIVE_INFINITY }],
  ])("refuses %s", (_case, changes) => {
    expect(identityOf({ ...claims, ...changes }, "sub")).toBeUndefined();
  });
});

describe("displayName", () => {
  it.each([
    ["Alice", "Alice"],
    ["  Alice  ", "Alice"],
    ["A\u0000l\u001bi\nce", "Alice"],
    ["\u202eecila", "ecila"],
    ["\ud800Al", "Al"],
    ["👩‍👧", "👩‍👧"],
    ["😀".repeat(70), "😀".repeat(64)],
  ])("shows %j as %j", (claim, shown) => {
    expect(displayName(claim)).toBe(shown);
  });

  it.each([
    [undefined],
    [5],
    [""],
    ["   "],
    ["\u0000"],
    [{ name: "x" }],
  ])("has none for %j", (claim) => {
    expect(displayName(claim)).toBeUndefined();
  });
});
