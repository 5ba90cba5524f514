/** Smuggled fields, polluted prototypes, and frames and bodies that are meant to exhaust. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectedCaller, EventRange } from "../../lib/model.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { attacked, codesOf, signed, usesOf } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, askRaw, askHttp, here } = await attacked();

const all: EventRange = { limit: 1_000, order: "oldest first" };
const room = "general";
const alice: ConnectedCaller = await here.as("alice");
await ask(alice, { action: "join", room });
let before: unknown;
const logs = () =>
  Promise.all([room, "dm:alice:bob"].map((name) => here.ports.log.list(name, all)));
beforeEach(async () => {
  here.received(alice);
  before = await logs();
});

describe("a smuggled field (promise 6)", () => {
  const smuggled = ["from", "user", "name", "sub", "seq", "n", "kind", "sentAtMs", "connectionId"];

  it.each(smuggled)("%s in a frame is refused by its name", async (field) => {
    const answers = await ask(alice, { action: "send", room, text: "hi", [field]: "bob" });
    expect(codesOf(answers)).toEqual(["bad_request"]);
    expect(JSON.stringify(answers)).toContain(`unknown field ${field}`);
    expect(await logs()).toEqual(before);
  });

  it.each([...smuggled, "room", "to", "cid", "id"])("%s in a body is refused", async (field) => {
    const body = { text: "hi", [field]: "bob" };
    const answer = await askHttp("POST /rooms/{room}/messages", { path: { room }, body });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
    expect(await logs()).toEqual(before);
  });

  it.each(Object.keys(clientFrames))("is refused in %s", async (action) => {
    const others = [{ action: "join", room }, { action: "leave", room }, { action: "hello" }];
    const frame = [...usesOf(room), ...others].find((use) => use.action === action) ?? { action };
    expect(codesOf(await ask(alice, { ...frame, admin: true }))).toEqual(["bad_request"]);
  });

  it("does not make a message somebody else's, by a header or a query", async () => {
    const token = await signed({ sub: "alice" });
    const post = "POST /rooms/{room}/messages";
    const headers = { "x-user": "bob", from: "bob", "x-amzn-oidc-identity": "bob" };
    const asked = { token, headers, path: { room }, body: { text: "who is this?" } };
    expect(await askHttp(post, { ...asked, query: { from: "bob" } })).toMatchObject({
      status: 400,
    });
    expect(await askHttp(post, asked)).toMatchObject({ status: 201 });
    expect(await here.ports.log.list(room, all)).toMatchObject([{ from: "alice" }]);
  });

  it("does not take another's cid for a retry, nor another's text for one's own", async () => {
    const bob = await here.as("bob");
    await ask(bob, { action: "join", room });
    await ask(alice, { action: "send", room, text: "mine", cid: "c-1" });
    here.received(bob);
    expect(codesOf(await ask(bob, { action: "send", room, text: "mine", cid: "c-1" }))).toEqual([
      "ack",
    ]);
    const mine = (await here.ports.log.list(room, all)).filter(({ cid }) => cid === "c-1");
    expect(mine.map(({ from }) => from)).toEqual(["alice", "bob"]);
    here.received(alice);
    const changed = await ask(alice, { action: "send", room, text: "another", cid: "c-1" });
    expect(codesOf(changed)).toEqual(["bad_request"]);
  });
});

describe("a polluted prototype", () => {
  it.each([
    `{"action":"send","room":"general","text":"hi","__proto__":{"isAdmin":true}}`,
    `{"action":"send","room":"general","text":"hi","constructor":{"prototype":{"isAdmin":true}}}`,
    `{"action":"sync","rooms":{"__proto__":0}}`,
    `{"action":"sync","rooms":{"constructor":0,"__proto__":{"isAdmin":1}}}`,
    `{"__proto__":{"action":"ping"}}`,
    `{"action":"__proto__"}`,
    `{"action":"hasOwnProperty"}`,
    `{"action":"toString"}`,
    `{"action":"ping","id":{"__proto__":{"isAdmin":true}}}`,
  ])("comes of no frame: %s", async (body) => {
    const answers = await askRaw(alice, body);
    expect(answers).toHaveLength(1);
    expect(["bad_request", "unknown_action"]).toContain(codesOf(answers)[0]);
    expect(Object.hasOwn(Object.prototype, "isAdmin")).toBe(false);
    expect(await logs()).toEqual(before);
  });

  it.each<[string, string, object]>([
    ["body", "POST /rooms/{room}/messages", { body: `{"text":"hi","__proto__":{"isAdmin":true}}` }],
    ["body", "POST /rooms/{room}/messages", { body: `{"__proto__":{"text":"hi"}}` }],
    ["query", "GET /rooms/{room}/events", { query: JSON.parse(`{"__proto__":"1"}`) }],
    ["query", "GET /rooms/{room}/events", { query: { constructor: "1" } }],
    ["path", "GET /rooms/{room}/events", { path: { room: "__proto__" } }],
  ])("comes of no %s: %s %j", async (_piece, route, asked) => {
    const answer = await askHttp(route, { path: { room }, ...asked });
    expect(answer).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
    expect(Object.hasOwn(Object.prototype, "isAdmin")).toBe(false);
    expect(await logs()).toEqual(before);
  });

  it("comes of no path that is a property of every object", async () => {
    for (const route of ["constructor", "__proto__", "toString"]) {
      const answer = await askHttp(route, {});
      expect(answer).toMatchObject({ status: 404, body: { error: { code: "not_found" } } });
    }
  });
});

const depth = 5_000;
const named = (count: number, prefix: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, n]));

describe("an exhausting frame", () => {
  it.each<[string, string, string]>([
    [
      "deep arrays",
      `{"action":"send","room":${"[".repeat(depth)}${"]".repeat(depth)}}`,
      "bad_request",
    ],
    [
      "deep objects",
      `{"action":"history","room":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`,
      "bad_request",
    ],
    ["a deep id", `{"action":"ping","id":${"[".repeat(depth)}${"]".repeat(depth)}}`, "bad_request"],
    ["deep nonsense", "[".repeat(limits.frameBytes), "bad_request"],
    ["a thousand fields", JSON.stringify({ action: "ping", ...named(1_000, "f") }), "bad_request"],
    [
      "a thousand rooms",
      JSON.stringify({ action: "sync", rooms: named(1_000, "r") }),
      "bad_request",
    ],
    [
      "a thousand rooms to look at",
      JSON.stringify({ action: "focus", rooms: Object.keys(named(1_000, "r")) }),
      "bad_request",
    ],
    ["five rooms to look at", `{"action":"focus","rooms":["a","b","c","d","e"]}`, "bad_request"],
    ["a room to look at twice", `{"action":"focus","rooms":["a","b","a"]}`, "bad_request"],
    [
      "an endless number",
      `{"action":"read","room":"x","seq":${"9".repeat(10_000)}}`,
      "bad_request",
    ],
    ["a number beyond all numbers", `{"action":"read","room":"x","seq":1e999}`, "bad_request"],
    [
      "an endless name",
      JSON.stringify({ action: "join", room: "a".repeat(30_000) }),
      "bad_request",
    ],
    ["an endless id", JSON.stringify({ action: "ping", id: "a".repeat(30_000) }), "bad_request"],
    [
      "an endless text",
      JSON.stringify({ action: "send", room, text: "a".repeat(30_000) }),
      "bad_request",
    ],
    [
      "a text of blanks",
      JSON.stringify({ action: "send", room, text: " ".repeat(30_000) }),
      "bad_request",
    ],
    ["one byte too many", `{"action":"ping"}`.padEnd(limits.frameBytes + 1), "too_large"],
    [
      "few characters, and too many bytes",
      JSON.stringify({ action: "ping", x: "😀".repeat(9_000) }),
      "too_large",
    ],
    ["more than a gateway hands on", "x".repeat(limits.messageBytes + 1), "too_large"],
  ])("of %s is refused in one short answer", async (_what, body, code) => {
    const answers = await askRaw(alice, body);
    expect(codesOf(answers)).toEqual([code]);
    expect(JSON.stringify(answers).length).toBeLessThan(1_000);
    expect(await logs()).toEqual(before);
  });
});

describe("an exhausting body", () => {
  const post = "POST /rooms/{room}/messages";
  const notices = "POST /users/{user}/notices";
  it.each<[string, string, unknown, string]>([
    ["one byte too many", post, `{"text":"hi"}`.padEnd(limits.frameBytes + 1), "too_large"],
    ["deep nonsense", post, "[".repeat(limits.frameBytes), "bad_request"],
    ["a deep text", post, `{"text":${"[".repeat(depth)}${"]".repeat(depth)}}`, "bad_request"],
    ["an endless text", post, { text: "a".repeat(30_000) }, "bad_request"],
    ["a thousand fields", post, { text: "hi", ...named(1_000, "f") }, "bad_request"],
    ["deep arrays", notices, `{"data":${"[".repeat(depth)}${"]".repeat(depth)}}`, "bad_request"],
    [
      "deep objects",
      notices,
      `{"data":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`,
      "bad_request",
    ],
    ["a frame that would be too large", notices, { data: "x".repeat(32_700) }, "too_large"],
  ])("of %s is refused: %s", async (_what, route, body, code) => {
    const token = await signed({ scope: "notices:write" });
    const answer = await askHttp(route, { token, path: pathOf(route), body });
    expect(answer.body.error).toMatchObject({ code, retryable: false });
    expect(JSON.stringify(answer).length).toBeLessThan(1_000);
    expect(here.received(alice)).toEqual([]);
    expect(await logs()).toEqual(before);
  });

  it("of bytes that are no text is refused, and not stored as something else", async () => {
    const body = Buffer.from('{"text":"\xff\xfe"}', "latin1").toString("base64");
    const { status } = await askHttp(post, { path: { room }, body, isBase64Encoded: true });
    expect(status).toBe(400);
    expect(await logs()).toEqual(before);
  });

  const pathOf = (route: string): Record<string, string> =>
    route === notices ? { user: "alice" } : { room };
});
