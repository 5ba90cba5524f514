/**
 * What a refusal reads. A stranger learns nothing from how long one takes, and cannot make the
 * service work: the room's name is looked at first, the membership second, and the log only for
 * members.
 */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import { attacked, codesOf, signed, usesOf } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, askHttp, here } = await attacked();

const direct = "dm:alice:bob";
const room = "secret";
const { log, memberships, connections, subscriptions } = here.ports;
/** Every request to a table since it was last emptied, as `port.method`. */
const requests: string[] = [];
for (const [name, port] of Object.entries({ log, memberships, connections, subscriptions })) {
  const methods = port as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const [method, original] of Object.entries(methods)) {
    methods[method] = (...args) => {
      requests.push(`${name}.${method}`);
      return original(...args);
    };
  }
}
const mallory = await here.as("mallory");
const alice = await here.as("alice");
await ask(alice, { action: "join", room });
for (const to of [{ room }, { to: "bob" }]) await ask(alice, { action: "send", ...to, text: "hi" });
beforeEach(() => {
  requests.length = 0;
});

/** What a public room's refusal reads, where it is more than the membership. */
const reads: Readonly<Record<string, string[]>> = {
  // Anybody may join a public room, so that its tail is read early tells nobody anything new.
  send: ["log.tail", "memberships.find"],
  // Whether this connection has to be unsubscribed; once for all rooms of the frame.
  sync: ["connections.find", "memberships.find"],
  // The connection is read because a refused focus, too, ends the one before it.
  focus: ["connections.find", "memberships.find"],
};
/** Reads of the asker's own items, the same for any room. */
const ownReads: Readonly<Record<string, string[]>> = { focus: ["connections.find"] };
const uses = (name: string) => usesOf(name).map((use) => [use.action, use] as const);
const routes: [string, object][] = [
  ["POST /rooms/{room}/messages", { body: { text: "let me in" } }],
  ["GET /rooms/{room}/events", {}],
  ["GET /rooms/{room}/online", {}],
];

describe("a stranger's request", () => {
  it.each([
    ...uses(direct),
    ["join", { action: "join", room: direct }] as const,
    ["leave", { action: "leave", room: direct }] as const,
  ])("reads nothing of the room before it is refused: %s others' direct room", async (_, frame) => {
    expect(codesOf(await ask(mallory, frame))).toEqual(["forbidden"]);
    expect(requests).toEqual(ownReads[frame.action] ?? []);
  });

  it.each(uses(room))("reads no more than it must: %s in a public room", async (action, frame) => {
    expect(codesOf(await ask(mallory, frame))).toEqual(["not_member"]);
    expect(requests.sort()).toEqual(reads[action] ?? ["memberships.find"]);
  });

  it.each(routes)("reads as little over HTTP: %s", async (route, asked) => {
    const token = await signed({ sub: "mallory" });
    const others = await askHttp(route, { token, path: { room: direct }, ...asked });
    expect(others.status).toBe(403);
    expect(requests).toEqual([]);
    const refused = await askHttp(route, { token, path: { room }, ...asked });
    expect(refused.status).toBe(403);
    const isSend = route.startsWith("POST");
    expect(requests.sort()).toEqual(isSend ? reads["send"] : ["memberships.find"]);
  });

  it("reads one item for each room, and the connection: sync of unknown rooms", async () => {
    const names = Array.from({ length: limits.syncRooms }, (_, n) => `nowhere-${n}`);
    const rooms = Object.fromEntries(names.map((name) => [name, 0]));
    const codes = codesOf(await ask(mallory, { action: "sync", rooms }));
    expect(codes).toEqual(names.map(() => "not_member"));
    const count = (request: string) => requests.filter((name) => name === request).length;
    expect(count("memberships.find")).toBe(names.length);
    expect(count("connections.find")).toBe(1);
    expect(requests).toHaveLength(names.length + 1);
  });
});

describe("a member's request", () => {
  it("reads the connection once, however many rooms it syncs", async () => {
    const names = Array.from({ length: 10 }, (_, n) => `own-${n}`);
    for (const name of names) await ask(alice, { action: "join", room: name });
    const rooms = Object.fromEntries([...names, direct].map((name) => [name, 0]));
    requests.length = 0;
    expect(new Set(codesOf(await ask(alice, { action: "sync", rooms })))).toEqual(
      new Set(["sync"]),
    );
    expect(requests.filter((name) => name === "connections.find")).toHaveLength(1);
  });
});
