/**
 * Rooms that one is no member of, or no longer: by every action and every HTTP path, and while one
 * is connected (promise 7).
 */

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectedCaller, EventRange } from "../../lib/model.ts";
import { focusTopic, isFocusTopic, roomTopic } from "../../lib/pubsub/topics.ts";
import { removeMembership } from "../support/removeMembership.ts";
import { attacked, codesOf, signed, usesOf } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, askHttp, here } = await attacked();

const all: EventRange = { limit: 1_000, order: "oldest first" };
const direct = "dm:alice:bob";
const mallorys = await signed({ sub: "mallory" });
let alice: ConnectedCaller;
let mallory: ConnectedCaller;
/** A room that alice is in and mallory is not, new for every test. */
let room: string;
let rooms = 0;

beforeEach(async () => {
  alice = await here.as("alice");
  mallory = await here.as("mallory");
  room = `secret-${++rooms}`;
  await ask(alice, { action: "join", room });
  here.pass(60_000);
  await ask(alice, { action: "send", room, text: "for members" });
  await ask(alice, { action: "send", to: "bob", text: "for bob" });
  for (const caller of [alice, mallory]) here.received(caller);
});

const actions = usesOf("x").map(({ action }) => action);
const useOf = (action: string, name: string) =>
  usesOf(name).find((use) => use.action === action) ?? { action, room: name };
/** Every HTTP path that names a room, with a request that would be right. */
const paths: [string, object][] = [
  ["POST /rooms/{room}/messages", { body: { text: "let me in" } }],
  ["GET /rooms/{room}/events", {}],
  ["GET /rooms/{room}/online", {}],
];

describe("a stranger", () => {
  it.each(actions)("is refused to %s a room", async (action) => {
    expect(codesOf(await ask(mallory, useOf(action, room)))).toEqual(["not_member"]);
    expect(here.received(alice)).toEqual([]);
    expect(await here.ports.log.list(room, all)).toHaveLength(1);
  });

  it.each([...actions, "join", "leave"])("is refused to %s a direct room", async (action) => {
    const before = await here.ports.log.list(direct, all);
    expect(codesOf(await ask(mallory, useOf(action, direct)))).toEqual(["forbidden"]);
    expect(here.received(alice)).toEqual([]);
    expect(await here.ports.log.list(direct, all)).toEqual(before);
  });

  it.each(paths)("is refused over HTTP: %s", async (route, asked) => {
    for (const [name, status, code] of [
      [room, 403, "not_member"],
      [direct, 403, "forbidden"],
    ] as const) {
      const refused = await askHttp(route, { token: mallorys, path: { room: name }, ...asked });
      expect(refused).toMatchObject({ status, body: { error: { code } } });
      expect(JSON.stringify(refused)).not.toContain("for ");
    }
    expect(here.received(alice)).toEqual([]);
  });

  it.each(paths)("learns nothing of whether a room exists: %s", async (route, asked) => {
    const answers = [];
    for (const name of [room, "nowhere"]) {
      const answer = await askHttp(route, { token: mallorys, path: { room: name }, ...asked });
      answers.push(JSON.stringify(answer).replaceAll(name, "it"));
    }
    expect(answers[0]).toBe(answers[1]);
  });

  it.each(actions)("learns nothing of whether a room exists: %s", async (action) => {
    const answers = [];
    for (const name of [room, "nowhere"]) {
      const answer = await ask(mallory, useOf(action, name));
      answers.push(JSON.stringify(answer).replaceAll(name, "it"));
    }
    expect(answers[0]).toBe(answers[1]);
  });

  it("is not let in by the name of a room that only looks like theirs", async () => {
    for (const name of ["dm:mallory:alice", "dm:alice:mallory:bob", "dm:alice", "dm::mallory"]) {
      const answers = codesOf(await ask(mallory, { action: "history", room: name }));
      expect({ name, answers }).toEqual({ name, answers: ["bad_request"] });
    }
  });

  it("notifies nobody without the scope, also when a scope looks like it", async () => {
    const path = { user: "alice" };
    const body = { data: "phish" };
    for (const scope of [
      undefined,
      "",
      "notices",
      "notices:write2",
      "NOTICES:WRITE",
      ["notices:write2"],
      [["notices:write"]],
      { "notices:write": true },
    ]) {
      const token = await signed({ sub: "mallory", scope });
      const answer = await askHttp("POST /users/{user}/notices", { token, path, body });
      expect(answer).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    }
    expect(here.received(alice)).toEqual([]);
  });
});

describe("a member who was removed while connected", () => {
  let tablet: ConnectedCaller;
  beforeEach(async () => {
    tablet = await here.as("mallory");
    await ask(mallory, { action: "join", room });
    await ask(tablet, { action: "sync", rooms: { [room]: 0 } });
    for (const caller of [mallory, tablet]) here.received(caller);
  });

  it("hears nothing more on any device, when one of them has left", async () => {
    await ask(tablet, { action: "leave", room });
    for (const caller of [mallory, tablet]) here.received(caller);
    await ask(alice, { action: "send", room, text: "now they are gone" });
    for (const caller of [mallory, tablet]) expect(here.received(caller)).toEqual([]);
  });

  it("is shown nothing more of those who type, read, come and go there", async () => {
    for (const caller of [mallory, tablet]) await ask(caller, useOf("focus", room));
    await ask(tablet, { action: "leave", room });
    for (const caller of [mallory, tablet]) here.received(caller);
    here.pass(60_000);
    const phone = await here.as("alice");
    await ask(phone, { action: "join", room });
    await ask(alice, useOf("typing", room));
    await ask(alice, useOf("read", room));
    await ask(phone, { action: "leave", room });
    for (const caller of [mallory, tablet]) expect(here.received(caller)).toEqual([]);
  });

  it.each(actions)("is refused to %s, on any device", async (action) => {
    await ask(tablet, { action: "leave", room });
    for (const caller of [mallory, tablet]) {
      here.received(caller);
      expect(codesOf(await ask(caller, useOf(action, room)))).toEqual(["not_member"]);
    }
  });

  it.each(paths)("is refused over HTTP: %s", async (route, asked) => {
    await ask(tablet, { action: "leave", room });
    const answer = await askHttp(route, { token: mallorys, path: { room }, ...asked });
    expect(answer).toMatchObject({ status: 403, body: { error: { code: "not_member" } } });
  });

  it("is refused at once when only the membership is gone, and unsubscribed by sync", async () => {
    await removeMembership(here.ports.memberships, "mallory", room); // by whoever has the tables
    for (const action of actions.filter((name) => name !== "sync")) {
      expect(codesOf(await ask(mallory, useOf(action, room)))).toEqual(["not_member"]);
    }
    await ask(mallory, useOf("sync", room));
    const { found } = await here.ports.subscriptions.listSome(roomTopic(room), 100);
    const hearing = found.map(({ connectionId }) => connectionId);
    expect(hearing).not.toContain(mallory.connection.connectionId);
  });
});

describe("racing requests to look", () => {
  it("leave four rooms and their own after the next one, after any race", async () => {
    const names = Array.from({ length: 12 }, (_, n) => `${room}-${n}`);
    for (const name of names) await ask(mallory, { action: "join", room: name });
    await Promise.all(names.map((name) => ask(mallory, useOf("focus", name))));
    await ask(mallory, { action: "focus", rooms: names.slice(0, 4) });
    const known = await here.ports.connections.find(mallory.connection.connectionId);
    const looked = [...(known?.topics.keys() ?? [])].filter(isFocusTopic);
    expect(looked.sort()).toEqual(names.slice(0, 4).map(focusTopic).sort());
  });
});

describe("a connection whose token has expired", () => {
  const untilExpiry = (caller: ConnectedCaller) =>
    here.pass(caller.expiresAtMs - here.ports.clock.nowMs());

  it.each([
    ...actions,
    "hello",
    "join",
    "leave",
    "ping",
  ])("is cut at its next frame, which does nothing: %s", async (action) => {
    const brief = await here.as("alice", 60);
    await here.ports.memberships.add("alice", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
    const before = await here.ports.log.list(room, all);
    untilExpiry(brief);
    const frame = ["hello", "ping"].includes(action) ? { action } : useOf(action, room);
    expect(await ask(brief, frame)).toMatchObject([
      { type: "disconnect", code: "token_expired", reconnect: true },
    ]);
    expect(here.ports.sockets.closed).toContain(brief.connection.connectionId);
    expect(await here.ports.log.list(room, all)).toEqual(before);
  });

  it("is cut at the next push, of which it gets nothing", async () => {
    const brief = await here.as("bob", 60);
    const before = here.received(brief);
    untilExpiry(brief);
    const token = await signed({ sub: "alice" });
    await askHttp("POST /rooms/{room}/messages", {
      token,
      path: { room: direct },
      body: { text: "late" },
    });
    expect(before).toEqual([]);
    expect(here.received(brief)).toMatchObject([{ type: "disconnect", code: "token_expired" }]);
    expect(await here.ports.connections.find(brief.connection.connectionId)).toBeUndefined();
  });
});
