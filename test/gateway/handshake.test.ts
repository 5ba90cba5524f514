/** Who gets in, and what a connection is told and known by: AWS's answers, not an emulator's. */
import { describe, expect, it } from "vitest";
import { type Content, idOf, open, startFixture } from "./running.ts";

const gateway = await startFixture();
const closed = await startFixture({}, "fixture/closed/");

const connected = (query: string) =>
  gateway.told.next(
    `$connect of ${query}`,
    (event): event is Content => event.headers && event.queryStringParameters?.query === query,
  );

describe("an authorizer", () => {
  it.each([
    ["throws Unauthorized", "Unauthorized", 401, "Unauthorized"],
    ["returns a policy that denies", "Deny", 403, /not authorized/],
    ["throws anything else", "boom", 500, "Internal server error"],
    ["returns the word instead of throwing it", "return", 500, "Internal server error"],
  ])("that %s refuses with its own status", async (_, how, status, message) => {
    const refused = { status, body: { message: expect.stringMatching(message) } };
    await expect(open(gateway, `?authorize=${how}`)).rejects.toMatchObject(refused);
  });

  it("does not run, and refuses with 401, while an identity source is missing", async () => {
    await expect(open(closed)).rejects.toMatchObject({ status: 401 });
    expect(closed.processes()).toEqual([]);
    await open(closed, "?key=k");
  });

  it("gives its context to every later event, as strings", async () => {
    const socket = await open(gateway, "?query=context");
    const authorizer = { principalId: "somebody", user: "alice", number: "5", flag: "true" };
    expect((await connected("context")).requestContext.authorizer).toEqual(authorizer);
    const { event } = await socket.ask({ action: "echo" });
    expect(event.requestContext.authorizer).toEqual(authorizer);
  });
});

describe("$connect", () => {
  it("gets the handshake's headers and query, and no later event does", async () => {
    const socket = await open(gateway, "?query=a&query=told", ["one", "two"]).catch(() => {});
    expect(socket).toBeUndefined();
    const event = await connected("told");
    expect(event).toMatchObject({
      queryStringParameters: { query: "told" },
      multiValueQueryStringParameters: { query: ["a", "told"] },
      headers: { "Sec-WebSocket-Protocol": "one,two", Host: expect.stringContaining("localhost") },
      multiValueHeaders: { "Sec-WebSocket-Protocol": ["one,two"] },
      requestContext: {
        eventType: "CONNECT",
        routeKey: "$connect",
        connectionId: expect.stringMatching(/^[\w-]{15}=$/),
        identity: { sourceIp: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) },
      },
    });
    const later = await (await open(gateway)).ask({ action: "echo" });
    expect(later.event).not.toHaveProperty("headers");
    expect(later.event.requestContext).toMatchObject({ eventType: "MESSAGE", routeKey: "echo" });
  });

  it.each([403, 429, 503])("that answers %i refuses with the same status", async (status) => {
    await expect(open(gateway, `?status=${status}`)).rejects.toMatchObject({ status });
  });

  it("that throws refuses with 502", async () => {
    await expect(open(gateway, "?connect=throw")).rejects.toMatchObject({ status: 502 });
  });

  it("cannot post to its own connection, which answers 410 until it is open", async () => {
    await open(gateway, "?connect=post");
    const { posted } = await gateway.told.next("result", (what): what is Content => what.posted);
    expect(posted).toEqual({ status: 410, name: "GoneException" });
  });

  it("selects the subprotocol, in any order that the client offers them in", async () => {
    const { webSocket } = await open(gateway, "?protocol=two", ["one", "two"]);
    expect(webSocket.protocol).toBe("two");
  });

  it("selects no subprotocol by default, and a client that offered some refuses that", async () => {
    await expect(open(gateway, "", ["one"])).rejects.toThrow("no subprotocol");
  });
});

describe("a handshake", () => {
  it("on any other path is forbidden", async () => {
    const elsewhere = { ...gateway, websocketUrl: `${gateway.websocketUrl}/dev` };
    await expect(open(elsewhere)).rejects.toMatchObject({ status: 403 });
  });

  it("gives each connection another id, which must be encoded in a URL", async () => {
    const ids = await Promise.all([1, 2, 3].map(async () => idOf(await open(gateway))));
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(encodeURIComponent(id)).toMatch(/%3D$/);
  });
});
