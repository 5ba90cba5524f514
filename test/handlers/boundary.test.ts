/** Between events and actions: who is answered how, and what nobody is told. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectedCaller } from "../../lib/model.ts";
import { type MemoryRuntime, memoryRuntime, socketEvent } from "../support/memoryRuntime.ts";
import { world } from "../support/world.ts";

vi.mock("../../lib/runtime.ts", () => memoryRuntime());
const runtime = (await import("../../lib/runtime.ts")) as unknown as MemoryRuntime;
const { handler: onDefault } = await import("../../handlers/default.ts");
const { handler: onSend } = await import("../../handlers/send.ts");
const { handler: onConnect } = await import("../../handlers/connect.ts");
const { handler: onDisconnect } = await import("../../handlers/disconnect.ts");

const { here } = runtime;
let alice: ConnectedCaller;
beforeEach(async () => {
  alice = await here.as(`alice${++users}`);
});
let users = 0;

const eventOf = (frame: unknown, eventType: "CONNECT" | "MESSAGE" | "DISCONNECT" = "MESSAGE") =>
  socketEvent(alice, typeof frame === "string" ? frame : JSON.stringify(frame), eventType);
/** The frame that a handler returned, if any. */
const returned = (result: unknown) => {
  const { body } = result as { body?: string };
  return body === undefined ? undefined : JSON.parse(body);
};

describe("a reply", () => {
  it("is returned, with the id of its request", async () => {
    const result = await onDefault(eventOf({ action: "ping", id: "7" }));
    expect(returned(result)).toEqual({ type: "pong", id: "7", atMs: here.ports.clock.nowMs() });
    expect(here.received(alice)).toEqual([]);
  });

  it("of a send is posted, errors too, since its route returns nothing", async () => {
    const sent = await onSend(eventOf({ action: "send", to: "bob", text: "hi", id: "1" }));
    const refused = await onSend(eventOf({ action: "send", room: "secret", text: "hi", id: "2" }));
    expect([returned(sent), returned(refused)]).toEqual([undefined, undefined]);
    expect(here.received(alice)).toMatchObject([
      { type: "ack", id: "1" },
      { type: "error", id: "2", code: "not_member" },
    ]);
  });

  it("of a sync is one frame for all of its rooms, refused ones too (promise 9)", async () => {
    const rooms = { "dm:bob:carol": 0, secret: 0, [`dm:${alice.user}:zoe`]: 0 };
    const reply = returned(await onDefault(eventOf({ action: "sync", rooms, id: "3" })));
    const refused = (code: string, reason: string) => ({
      error: { code, message: `unable to sync; ${reason}`, retryable: false },
    });
    expect(reply).toEqual({
      type: "sync",
      id: "3",
      rooms: [
        { room: "dm:bob:carol", ...refused("forbidden", "the room is between two others") },
        { room: "secret", ...refused("not_member", "join the room first") },
        { room: `dm:${alice.user}:zoe`, events: [], seq: 0, n: 0, complete: true },
      ],
      later: [],
    });
    expect(here.received(alice)).toEqual([]);
  });

  it.each([
    [{ action: "pin", room: "general", on: true }, "pin; seq is missing"],
    [{ action: "members", room: "secret" }, "see the members; join the room first"],
    [{ action: "constructor" }, "read the frame; there is no such action"],
    [{ room: "general" }, "read the frame; action is missing"],
  ])("to %j, refused, says what it is unable to do and why", async (frame, message) => {
    const result = returned(await onDefault(eventOf(frame)));
    expect(result).toMatchObject({ type: "error", message: `unable to ${message}` });
  });

  it("that cannot be posted is left to the gateway to say (promise 9)", async () => {
    here.ports.sockets.answer(alice.connection.connectionId, "failed");
    const sending = onSend(eventOf({ action: "send", to: "bob", text: "hi" }));
    await expect(sending).rejects.toThrow("answers not posted");
    here.ports.sockets.answer(alice.connection.connectionId, "gone");
    await onSend(eventOf({ action: "send", to: "bob", text: "hi" }));
  });

  it("to too many requests says when to come back", async () => {
    runtime.waitMs = 120;
    const result = returned(await onDefault(eventOf({ action: "ping", id: "4" })));
    runtime.waitMs = 0;
    expect(result).toMatchObject({ id: "4", code: "rate_limited", retryAfterMs: 120 });
  });

  it("to a defect names the request and hides the rest, which the operator gets", async () => {
    const { find } = here.ports.memberships;
    here.ports.memberships.find = async () => {
      throw new Error("secret detail");
    };
    const result = returned(await onDefault(eventOf({ action: "who", room: "general", id: "5" })));
    here.ports.memberships.find = find;
    expect(result).toMatchObject({ id: "5", code: "internal", retryable: true });
    expect(JSON.stringify(result)).not.toContain("secret");
    const [report] = here.reports.slice(-1);
    expect(report).toMatchObject({ what: "request failed", details: { requestId: "request-1" } });
  });
});

describe("a connection at its end", () => {
  it("is told that its token has expired, closed and forgotten, at any request", async () => {
    here.pass(alice.expiresAtMs - here.ports.clock.nowMs());
    const result = await onDefault(eventOf({ action: "ping", id: "6" }));
    expect(returned(result)).toBeUndefined();
    expect(here.received(alice)).toMatchObject([{ type: "disconnect", code: "token_expired" }]);
    expect(here.ports.sockets.closed).toContain(alice.connection.connectionId);
    expect(await here.ports.connections.find(alice.connection.connectionId)).toBeUndefined();
  });

  it("is told that it was forgotten, when it asks for what needs a known one", async () => {
    await onDisconnect(eventOf("", "DISCONNECT"));
    await onDefault(eventOf({ action: "join", room: "general" }));
    expect(here.received(alice)).toMatchObject([{ type: "disconnect", code: "forgotten" }]);
    expect(await here.ports.memberships.find(alice.user, "general")).toBeUndefined();
  });
});

describe("the connect function", () => {
  it("remembers a connection, and selects our subprotocol when it is offered", async () => {
    const fresh = await world().as("carol");
    alice = fresh;
    const headers = { "Sec-WebSocket-Protocol": "parley.v1, parley.token.x" };
    const result = await onConnect({ ...eventOf("", "CONNECT"), headers });
    expect(result).toEqual({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "parley.v1" } });
    const known = await here.ports.connections.find(fresh.connection.connectionId);
    expect([...(known?.topics.keys() ?? [])]).toEqual(["user:carol"]);
    expect(await onConnect(eventOf("", "CONNECT"))).toEqual({ statusCode: 200 });
  });
});

describe("a frame whose action is a gateway's own route", () => {
  it.each([
    ["$connect", onConnect, "returned"],
    ["$disconnect", onDisconnect, "posted"],
  ] as const)("is refused when it reaches the function of %s", async (action, handler, way) => {
    const result = await handler(eventOf({ action, id: "8" }));
    const answers = way === "returned" ? [returned(result)] : here.received(alice);
    expect(answers).toMatchObject([{ type: "error", id: "8", code: "unknown_action" }]);
    expect(await here.ports.connections.find(alice.connection.connectionId)).toBeDefined();
  });
});
