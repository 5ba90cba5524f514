/** Actions over HTTP: the same table, the same replies and the same price as over a socket. */
import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { describe, expect, it, vi } from "vitest";
import { actionTable } from "../../lib/actions/actionTable.ts";
import { requestCosts } from "../../lib/actions/budget.ts";
import { httpActions } from "../../lib/actions/httpActions.ts";
import { socketActions } from "../../lib/actions/socketActions.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { ask } from "../support/ledRoom.ts";
import { type MemoryRuntime, memoryRuntime } from "../support/memoryRuntime.ts";
import type { World } from "../support/world.ts";

vi.mock("../../lib/runtime.ts", () => ({
  ...memoryRuntime(),
  /** A token is its user's name. */
  tokens: () => ({
    verify: async (user: string) => ({
      identity: { user, name: user.toUpperCase(), expiresAtMs: 1_800_000_000_000, scopes: [] },
    }),
  }),
}));
const runtime = (await import("../../lib/runtime.ts")) as unknown as MemoryRuntime;
const { handler } = await import("../../handlers/http.ts");
const here: World = runtime.here;

async function post(action: string, fields?: unknown, user = "alice") {
  const event = {
    routeKey: "POST /actions/{action}",
    headers: { authorization: `Bearer ${user}` },
    pathParameters: { action },
    requestContext: { requestId: "request-1", http: { method: "POST" } },
    isBase64Encoded: false,
    ...(fields !== undefined && { body: JSON.stringify(fields) }),
  };
  const { statusCode, body } = await handler(event as unknown as APIGatewayProxyEventV2);
  return { status: statusCode, body: JSON.parse(body ?? "null") };
}
const made = async () => (await post("create", { visibility: "private", title: "t" })).body;

describe("POST /actions/{action}", () => {
  it("serves every action that is not about a connection, from the table that sockets run", () => {
    const ofConnections = ["sync", "focus", "typing", "ping"];
    const served = Object.keys(clientFrames).filter((action) => !ofConnections.includes(action));
    expect(Object.keys(httpActions).sort()).toEqual(served.sort());
    expect(httpActions).toMatchObject(actionTable);
    expect(socketActions).toMatchObject(actionTable);
  });

  it("answers with the reply's fields, 201 where something was made", async () => {
    const { status, body } = await post("create", { visibility: "private", title: "plans" });
    expect({ status, body }).toEqual({
      status: 201,
      body: {
        ...{ room: body.room, title: "plans", visibility: "private", role: "owner" },
        ...{ seq: 0, n: 0, rev: 1 },
      },
    });
    const said = { room: body.room, text: "hi", cid: "c-1" };
    expect(await post("send", said)).toMatchObject({ status: 201, body: { seq: 1, cid: "c-1" } });
    expect(await post("send", said)).toMatchObject({ status: 200, body: { duplicate: true } });
    expect(await post("mute", { room: body.room, user: "bob", forMs: 0 })).toMatchObject({
      status: 409,
      body: { error: { code: "conflict" } },
    });
  });

  it("says with a conflict what the message is now, and of a deleted one that it is", async () => {
    const { room } = await made();
    const { seq } = (await post("send", { room, text: "hi" })).body;
    await post("edit", { room, seq, text: "hello" });
    expect(await post("edit", { room, seq, text: "hey", v: 1 })).toMatchObject({
      status: 409,
      body: { error: { code: "conflict", now: { seq, v: 2, text: "hello" } } },
    });
    await post("delete", { room, seq });
    expect(await post("edit", { room, seq, text: "hey" })).toMatchObject({
      status: 410,
      body: { error: { code: "deleted" } },
    });
  });

  it("needs no body for an action that takes no field, and names no connection", async () => {
    const { status, body } = await post("hello");
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: "alice", protocol: 1, expiresAtMs: 1_800_000_000_000 });
    expect(body).not.toHaveProperty("connectionId");
    expect(body).not.toHaveProperty("type");
  });

  it("tells all connections of the user, since none of them asked", async () => {
    const { room } = await made();
    await post("send", { room, text: "hi" });
    const alice = await here.as("alice");
    expect((await post("read", { room, seq: 1 })).body).toMatchObject({ room, seq: 1, n: 1 });
    await post("invite", { room, user: "bob" });
    const bob = await here.as("bob");
    await post("join", { room }, "bob");
    expect(here.received(alice)).toMatchObject([{ type: "read", room, seq: 1 }]);
    expect(here.received(bob)).toMatchObject([{ type: "joined", room }]);
  });

  it("puts a member out of the room on every socket", async () => {
    const { room } = await made();
    await post("invite", { room, user: "bob" });
    const bob = await here.as("bob");
    await ask(here, bob, "join", { room });
    here.received(bob);
    expect(await post("kick", { room, user: "bob" })).toEqual({
      status: 200,
      body: { room, user: "bob" },
    });
    await post("send", { room, text: "gone?" });
    expect(here.received(bob)).toEqual([{ type: "left", room, by: "alice" }]);
  });

  it.each([
    ["an action that there is not", "dance", {}, "unknown_action"],
    ["a property of objects", "constructor", {}, "unknown_action"],
    ["what is about a connection: sync", "sync", { rooms: { general: 0 } }, "unknown_action"],
    ["what is about a connection: ping", "ping", {}, "unknown_action"],
    ["another action in the body", "leave", { action: "join", room: "general" }, "bad_request"],
    ["an id, which only a socket needs", "who", { id: "1", room: "general" }, "bad_request"],
    ["an unknown field", "who", { room: "general", user: "bob" }, "bad_request"],
    ["no object", "who", [], "bad_request"],
    ["nothing where a field is needed", "who", undefined, "bad_request"],
  ])("refuses %s", async (_what, action, fields, code) => {
    expect(await post(action, fields)).toMatchObject({ status: 400, body: { error: { code } } });
  });

  it("charges what the action costs over a socket", async () => {
    const costs: number[] = [];
    const original = runtime.chargePorts;
    runtime.chargePorts = () => {
      const ports = original.call(runtime);
      const take = (_user: string, cost: number) => {
        costs.push(cost);
        return { waitMs: 0 };
      };
      return { ...ports, budget: { ...ports.budget, take } };
    };
    const { room } = await made();
    await post("members", { room });
    expect(costs).toEqual([requestCosts.create, requestCosts.members]);
  });
});
