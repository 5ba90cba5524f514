/** The HTTP API: what servers and scripts do, and how they are refused. */
import { beforeAll, describe, expect, it } from "vitest";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import { directRoom } from "../../lib/protocol/names.ts";
import { developmentToken } from "../../local/tokens.ts";
import { connect, open } from "../support/client.ts";
import { fresh, shared } from "../support/endpoints.ts";
import { call, refused } from "../support/http.ts";
import { fillWindow, logOf, roomOf, untilPushed } from "../support/room.ts";

const [alice, bob] = [fresh("alice"), fresh("bob")];
const room = fresh("room");

beforeAll(async () => {
  await using client = await open(alice);
  await client.request("joined", { action: "join", room });
});

describe("GET /health", () => {
  it("answers without a token, or with a bad one", async () => {
    const answer = { status: 200, body: { status: "ok" } };
    expect(await call("GET /health", {})).toEqual(answer);
    expect(await call("GET /health", { token: "bad" })).toEqual(answer);
  });
});

describe("GET /gateway", () => {
  it("hands out the URL to connect to", async () => {
    const { body } = await call("GET /gateway", { as: alice });
    expect(body).toEqual({ url: shared().websocketUrl, gateway: expect.any(String) });
  });
});

describe("a message by HTTP", () => {
  const route = "POST /rooms/{room}/messages";

  it("is pushed to every member before the answer, the sender's devices included", async () => {
    const { room, clients } = await roomOf("alice", "bob");
    const [sender, other] = clients;
    const { status, body } = await call(route, { as: sender.user, room, body: { text: " hi " } });
    expect(status).toBe(201);
    expect(body).toMatchObject({ room, seq: 1, n: 1 });
    const log = await logOf(room, other);
    expect(log).toMatchObject([{ cid: body.cid, text: "hi", sentAtMs: body.sentAtMs }]);
    for (const client of clients) {
      await client.settled();
      expect(await untilPushed(client, 1)).toEqual(log);
    }
  });

  it("is accepted once for each Idempotency-Key: 201, then 200 (promise 3)", async () => {
    const headers = { "idempotency-key": "k-1" };
    const request = { as: alice, room, body: { text: "once" }, headers };
    const first = await call(route, request);
    const second = await call(route, request);
    expect(first).toMatchObject({ status: 201, body: { cid: "k-1" } });
    expect(second).toEqual({ ...first, status: 200 });
  });

  it("goes to a direct room as well, also as its first (promise 5)", async () => {
    const [carol, dave] = [fresh("carol"), fresh("dave")];
    const direct = directRoom(carol, dave);
    await call(route, { as: carol, room: direct, body: { text: "hi" } });
    const client = await connect(dave);
    const { rooms } = await client.request("welcome", { action: "hello" });
    expect(rooms).toMatchObject([{ room: direct, unread: 1 }]);
  });

  it("is limited as over a socket, and the answer says for how long", async () => {
    const direct = directRoom(alice, bob);
    const request = { as: alice, room: direct, body: { text: "hi" } };
    await fillWindow(direct, alice, -3_600_000);
    const { code, retryAfterMs = 0, headers } = await refused(route, request);
    expect(code).toBe("rate_limited");
    expect(headers.get("retry-after")).toBe(String(Math.ceil(retryAfterMs / 1_000)));
  });
});

describe("a notice", () => {
  const route = "POST /users/{user}/notices";
  const server = { as: "server", scope: "openid notices:write" };

  it("reaches each connection of its user, and the answer counts them", async () => {
    const user = fresh("auth0|alice@example.org");
    const devices = [await connect(user), await connect(user)];
    const other = await connect(bob);
    const data = { any: ["json", 1, null, { "": true }] };
    const { body } = await call(route, { ...server, user, body: { data } });
    expect(body).toEqual({ delivered: 2, gone: 0 });
    const notices = await Promise.all(devices.map((device) => device.next("notice")));
    expect(notices[0]).toMatchObject({ data });
    expect(notices[1]).toEqual(notices[0]);
    await other.settled();
    expect(other.received("notice")).toEqual([]);
  });

  it("reaches nobody where nobody is", async () => {
    const { body } = await call(route, { ...server, user: fresh("alice"), body: { data: null } });
    expect(body).toEqual({ delivered: 0, gone: 0 });
  });

  it("needs the scope, data, and no more than fits into a frame", async () => {
    const user = bob;
    const body = { data: 1 };
    expect(await refused(route, { as: alice, user, body })).toMatchObject({ code: "forbidden" });
    expect(await refused(route, { as: alice, scope: "notices:writer", user, body })).toMatchObject({
      code: "forbidden",
    });
    expect(await refused(route, { ...server, user, body: {} })).toMatchObject({
      code: "bad_request",
    });
    const large = { data: "x".repeat(32_700) };
    expect(await refused(route, { ...server, user, body: large })).toMatchObject({
      code: "too_large",
    });
    const deep = `{"data":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;
    expect(await refused(route, { ...server, user, body: deep })).toMatchObject({
      code: "bad_request",
    });
  });
});

describe("a request without a good token", () => {
  it.each([
    ["POST /rooms/{room}/messages", { body: { text: "hi" } }],
    ["GET /rooms/{room}/events", {}],
    ["GET /rooms/{room}/online", {}],
    ["POST /users/{user}/notices", { body: { data: 1 } }],
    ["GET /gateway", {}],
  ])("is refused: %s", async (route, request) => {
    const token = await developmentToken(alice);
    const unauthorized = { code: "unauthorized" };
    const ask = { room, user: bob, ...request };
    expect(await refused(route, ask)).toMatchObject(unauthorized);
    expect(await refused(route, { ...ask, token: `${token}x` })).toMatchObject(unauthorized);
    expect(await refused(route, { ...ask, query: `token=${token}` })).toMatchObject(unauthorized);
    const headers = { authorization: `Basic ${token}` };
    expect(await refused(route, { ...ask, headers })).toMatchObject(unauthorized);
  });
});

describe("a bad request", () => {
  const post = "POST /rooms/{room}/messages";
  it.each<[string, string, object, ErrorCode]>([
    ["no body", post, {}, "bad_request"],
    ["no JSON", post, { body: "text=hi" }, "bad_request"],
    ["an array", post, { body: ["hi"] }, "bad_request"],
    ["no text", post, { body: {} }, "bad_request"],
    ["an unknown field", post, { body: { text: "hi", from: bob } }, "bad_request"],
    ["__proto__", post, { body: '{"text":"hi","__proto__":1}' }, "bad_request"],
    ["a cursor beyond the head", post, { body: { text: "hi", after: 2 } }, "bad_request"],
    ["a body too large", post, { body: '{"text":"hi"}'.padEnd(32_769) }, "too_large"],
    ["a bad key", post, { body: { text: "x" }, headers: { "idempotency-key": "" } }, "bad_request"],
    ["a room in capitals", post, { body: { text: "hi" }, room: "General" }, "bad_request"],
    ["another's room", post, { body: { text: "hi" }, room: "dm:x:y" }, "forbidden"],
    ["no such room", post, { body: { text: "hi" }, room: "nowhere" }, "not_member"],
    [
      "a query where there is none",
      post,
      { body: { text: "hi" }, query: "after=1" },
      "bad_request",
    ],
    ...[
      "after=x",
      "after=",
      "after=-1",
      "after=1.5",
      "after=1&after=2",
      "limit=0",
      "limit=101",
      "before=0",
      "after=1&before=2",
      "cursor=1",
      "after=9007199254740992",
      "limit=1e1",
    ].map((query): [string, string, object, ErrorCode] => [
      query,
      "GET /rooms/{room}/events",
      { query },
      "bad_request",
    ]),
    ["no such path", "GET /rooms", {}, "not_found"],
    ["no such method", "DELETE /rooms/{room}/messages", {}, "not_found"],
    [
      "notices without the scope",
      "POST /users/{user}/notices",
      { user: bob, body: { data: 1 } },
      "forbidden",
    ],
  ])("such as %s is answered with its error", async (_, route, request, code) => {
    expect(await refused(route, { as: alice, room, ...request })).toMatchObject({ code });
  });
});
