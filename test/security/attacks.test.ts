/**
 * Every row is an attack and the refusal that it must meet, tried against the real handlers over
 * memory. Tokens are attacked in test/integration/tokens.test.ts, the handshake in
 * test/e2e/handshake.test.ts.
 */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ConnectedCaller } from "../../lib/domain/model.ts";
import type { EventRange } from "../../lib/ports.ts";
import { clientFrames } from "../../lib/protocol/clientFrames.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { type MemoryRuntime, memoryRuntime, socketEvent } from "../support/memoryRuntime.ts";

vi.mock("../../lib/runtime.ts", () => memoryRuntime());
const { here } = (await import("../../lib/runtime.ts")) as unknown as MemoryRuntime;
const handlers = {
  send: (await import("../../handlers/send.ts")).handler,
  other: (await import("../../handlers/default.ts")).handler,
};

const all: EventRange = { limit: 1_000, order: "oldest first" };
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

/** Every frame that answers one sent as raw text, posted or returned. */
async function askRaw(caller: ConnectedCaller, action: unknown, body: string) {
  const handler = action === "send" ? handlers.send : handlers.other;
  const { body: returned } = (await handler(socketEvent(caller, body))) as { body?: string };
  return [...here.received(caller), ...(returned === undefined ? [] : [JSON.parse(returned)])];
}
const ask = (caller: ConnectedCaller, frame: Record<string, unknown>) =>
  askRaw(caller, frame["action"], JSON.stringify(frame));
const codes = (answers: { code?: string; type: string }[]) =>
  answers.map(({ code, type }) => code ?? type);

/** A well-formed frame of every action that names a room. */
const uses = (name: string): Record<string, unknown>[] => [
  { action: "send", room: name, text: "let me in" },
  { action: "sync", rooms: { [name]: 0 } },
  { action: "history", room: name },
  { action: "read", room: name, seq: 1 },
  { action: "typing", room: name, on: true, id: "1" },
  { action: "who", room: name },
];

describe("a stranger (promise 7)", () => {
  it.each(uses("x").map(({ action }) => action))("is refused to %s a room", async (action) => {
    const frame = uses(room).find((use) => use["action"] === action) ?? {};
    expect(codes(await ask(mallory, frame))).toEqual(["not_member"]);
    expect(here.received(alice)).toEqual([]);
    expect(await here.ports.log.list(room, all)).toHaveLength(1);
  });

  it.each([
    ...uses("x").map(({ action }) => action),
    "join",
    "leave",
  ])("is refused to %s a direct room of two others", async (action) => {
    const name = "dm:alice:bob";
    const more = { action, room: name };
    const frame = uses(name).find((use) => use["action"] === action) ?? more;
    expect(codes(await ask(mallory, frame))).toEqual(["forbidden"]);
    expect(here.received(alice)).toEqual([]);
  });

  it("learns nothing of whether a room exists", async () => {
    for (const [there, nowhere] of uses(room).map((use, n) => [use, uses("nowhere")[n] ?? {}])) {
      const [one, other] = [await ask(mallory, there ?? {}), await ask(mallory, nowhere ?? {})];
      expect(JSON.stringify(one).replaceAll(room, "nowhere")).toBe(JSON.stringify(other));
    }
  });

  it("who was a member hears nothing more, on any device, once one of them left", async () => {
    const tablet = await here.as("mallory");
    await ask(mallory, { action: "join", room });
    await ask(tablet, { action: "sync", rooms: { [room]: 0 } });
    await ask(tablet, { action: "leave", room });
    for (const caller of [mallory, tablet]) here.received(caller);
    await ask(alice, { action: "send", room, text: "now they are gone" });
    for (const caller of [mallory, tablet]) {
      expect(here.received(caller)).toEqual([]);
      expect(codes(await ask(caller, { action: "history", room }))).toEqual(["not_member"]);
    }
  });
});

describe("a smuggled field (promise 6)", () => {
  const smuggled = ["from", "user", "name", "sub", "seq", "n", "kind", "sentAtMs", "connectionId"];
  it.each(smuggled)("%s is refused by its name and changes nobody's identity", async (field) => {
    const answers = await ask(alice, { action: "send", room, text: "hi", [field]: "bob" });
    expect(codes(answers)).toEqual(["bad_request"]);
    expect(JSON.stringify(answers)).toContain(`unknown field ${field}`);
    expect(await here.ports.log.list(room, all)).toHaveLength(1);
  });

  it.each(Object.keys(clientFrames))("is refused in %s", async (action) => {
    const frame = [...uses(room), { action: "join", room }, { action: "leave", room }]
      .concat([{ action: "hello" }, { action: "ping" }])
      .find((use) => use["action"] === action);
    expect(codes(await ask(alice, { ...frame, admin: true }))).toEqual(["bad_request"]);
  });
});

describe("a polluted prototype", () => {
  it.each([
    `{"action":"send","room":"ROOM","text":"hi","__proto__":{"isAdmin":true}}`,
    `{"action":"send","room":"ROOM","text":"hi","constructor":{"prototype":{"isAdmin":true}}}`,
    `{"action":"sync","rooms":{"__proto__":0}}`,
    `{"action":"sync","rooms":{"constructor":0,"__proto__":{"isAdmin":1}}}`,
    `{"__proto__":{"action":"ping"}}`,
    `{"action":"__proto__"}`,
    `{"action":"hasOwnProperty"}`,
    `{"action":"ping","id":{"__proto__":{"isAdmin":true}}}`,
  ])("comes of no frame: %s", async (template) => {
    const body = template.replace("ROOM", room);
    const action = /^{"action":"(\w+)"/.exec(body)?.[1];
    const answers = await askRaw(alice, action, body);
    expect(answers).toHaveLength(1);
    expect(["bad_request", "unknown_action"]).toContain(codes(answers)[0]);
    expect(Object.hasOwn(Object.prototype, "isAdmin")).toBe(false);
  });
});

describe("an exhausting frame", () => {
  const depth = 5_000;
  it.each([
    ["deep arrays", `{"action":"send","room":${"[".repeat(depth)}${"]".repeat(depth)}}`],
    ["deep objects", `{"action":"history","room":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`],
    ["deep nonsense", "[".repeat(limits.frameBytes)],
    [
      "a thousand fields",
      JSON.stringify({
        action: "ping",
        ...Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`f${n}`, n])),
      }),
    ],
    [
      "a thousand rooms",
      JSON.stringify({
        action: "sync",
        rooms: Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`r${n}`, 0])),
      }),
    ],
    ["an endless number", `{"action":"read","room":"x","seq":${"9".repeat(10_000)}}`],
    ["an endless name", JSON.stringify({ action: "join", room: "a".repeat(30_000) })],
    ["an endless id", JSON.stringify({ action: "ping", id: "a".repeat(30_000) })],
  ])("of %s is refused in one short answer", async (_case, body) => {
    const action = /^{"action":"(\w+)"/.exec(body)?.[1];
    const answers = await askRaw(alice, action, body);
    expect(codes(answers)).toEqual(["bad_request"]);
    expect(JSON.stringify(answers).length).toBeLessThan(1_000);
  });
});

describe("a name that looks like another", () => {
  it.each([
    ["Cyrillic", "\u0430lice"],
    ["full width", "\uff41lice"],
    ["zero width", "al\u200bice"],
    ["right to left", "\u202eecila"],
    ["combining", "a\u0301lice"],
    ["a line end", "alice\n"],
    ["a space", "alice "],
    ["NUL", "alice\0"],
    ["a colon", "alice:bob"],
  ])("is no name: %s", async (_case, name) => {
    expect(codes(await ask(mallory, { action: "send", to: name, text: "hi" }))).toEqual([
      "bad_request",
    ]);
    expect(codes(await ask(mallory, { action: "join", room: name }))).toEqual(["bad_request"]);
  });

  it("only by case is another user, who shares nothing", async () => {
    const impostor = await here.as("Alice");
    expect(codes(await ask(impostor, { action: "history", room: "dm:alice:bob" }))).toEqual([
      "forbidden",
    ]);
    const sent = await ask(impostor, { action: "send", to: "bob", text: "hi" });
    expect(sent).toMatchObject([{ type: "ack", room: "dm:Alice:bob" }]);
  });
});

describe("the rate limit", () => {
  it("of a room holds for a user, however many connections they send on", async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => here.as("flooder")));
    const accepted = [];
    for (const connection of connections) {
      await here.ports.memberships.add("flooder", { room, joinedAtMs: 0, readSeq: 0, readN: 0 });
      const answers = await ask(connection, { action: "send", room, text: "flood" });
      accepted.push(...codes(answers).filter((code) => code === "ack"));
    }
    expect(accepted).toHaveLength(limits.senderEvents);
  });
});
