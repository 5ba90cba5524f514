/** Names that look like another's: in frames, in paths and in tokens. */
import { describe, expect, it, vi } from "vitest";
import { directRoom } from "../../lib/protocol/names.ts";
import { attacked, codesOf, signed } from "./attacked.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./attacked.ts")).attackedRuntime());
const { ask, askHttp, shakeHands, here } = await attacked();
const mallory = await here.as("mallory");

const lookalikes: [string, string][] = [
  ["Cyrillic", "\u0430lice"],
  ["Greek", "\u03b1lice"],
  ["full width", "\uff41lice"],
  ["mathematical", "\u{1d41a}lice"],
  ["dotless", "al\u0131ce"],
  ["zero width", "al\u200bice"],
  ["a joiner", "al\u200dice"],
  ["a byte order mark", "\ufeffalice"],
  ["a soft hyphen", "al\u00adice"],
  ["right to left", "\u202eecila"],
  ["an isolate", "\u2066alice\u2069"],
  ["combining", "a\u0301lice"],
  ["precomposed", "\u00e1lice"],
  ["a line end", "alice\n"],
  ["a space behind", "alice "],
  ["a space in front", " alice"],
  ["a space of another kind", "al\u00a0ice"],
  ["DEL", "alice\u007f"],
  ["a wide space", "alice\u3000"],
  ["NUL", "alice\0"],
  ["half a surrogate pair", "alice\ud800"],
  ["the way up in a path", ".."],
  ["more than a token may name", `alice${"x".repeat(251)}`],
];

/** Printable, so anybody's: each of these is a user, and shares nothing with anybody else. */
const tricky = [
  "alice:bob",
  "alice~1bob",
  "alice~bob",
  "alice/bob",
  "alice%00",
  "alice%2Fbob",
  "CONN#alice",
  "alice#0",
  "user:alice",
  "dm:alice:bob",
  "al  ice",
  "__proto__",
  "constructor",
  'alice","user":"bob',
  "alice\\",
  "<script>",
];

describe("a name that looks like another", () => {
  it.each(lookalikes)("is no name in a frame: %s", async (_case, name) => {
    for (const frame of [
      { action: "send", to: name, text: "hi" },
      { action: "join", room: name },
      { action: "history", room: `dm:${name}:mallory` },
      { action: "sync", rooms: { [name]: 0 } },
      { action: "hello", after: name },
    ]) {
      expect(codesOf(await ask(mallory, frame))).toEqual(["bad_request"]);
    }
  });

  it.each(lookalikes)("is no name in a path: %s", async (_case, name) => {
    const token = await signed({ scope: "notices:write" });
    for (const [route, path, asked] of [
      ["GET /rooms/{room}/events", { room: name }, {}],
      ["POST /rooms/{room}/messages", { room: `dm:${name}:mallory` }, { body: { text: "hi" } }],
      ["POST /users/{user}/notices", { user: name }, { body: { data: 1 } }],
    ] as const) {
      expect(await askHttp(route, { token, path, ...asked })).toMatchObject({ status: 400 });
    }
  });

  it.each(lookalikes)("is nobody in a token: %s", async (_case, name) => {
    const token = await signed({ sub: name });
    await expect(shakeHands({ queryStringParameters: { token } })).rejects.toThrow("Unauthorized");
    expect(await askHttp("GET /gateway", { token })).toMatchObject({ status: 401 });
  });

  it.each(tricky)("is a user of its own: %s", async (name) => {
    const token = await signed({ sub: name });
    expect(await shakeHands({ queryStringParameters: { token } })).toBe(name);
    const caller = await here.as(name);
    for (const room of ["dm:alice:bob", "dm:alice:mallory"]) {
      expect(codesOf(await ask(caller, { action: "history", room }))).toEqual(["forbidden"]);
      const read = await askHttp("GET /rooms/{room}/events", { token, path: { room } });
      expect(read).toMatchObject({ status: 403 });
    }
    const bob = await here.as("bob");
    await ask(caller, { action: "send", to: "bob", text: "hi" });
    const room = directRoom(name, "bob");
    expect(here.received(bob)).toMatchObject([{ type: "events", room, events: [{ from: name }] }]);
    await ask(bob, { action: "send", to: name, text: "hi yourself" });
    expect(here.received(caller)).toMatchObject([{ room, events: [{ from: "bob" }] }]);
    expect(codesOf(await ask(mallory, { action: "history", room }))).toEqual(["forbidden"]);
    const notices = await signed({ scope: "notices:write" });
    const asked = { token: notices, path: { user: name }, body: { data: 1 } };
    expect(await askHttp("POST /users/{user}/notices", asked)).toMatchObject({ status: 200 });
    expect(here.received(caller)).toMatchObject([{ type: "notice" }]);
    expect(here.received(bob)).toEqual([]);
  });

  it("only by case is another user, who shares nothing", async () => {
    const impostor = await here.as("Alice");
    const direct = "dm:alice:bob";
    expect(codesOf(await ask(impostor, { action: "history", room: direct }))).toEqual([
      "forbidden",
    ]);
    const token = await signed({ sub: "Alice" });
    expect(
      await askHttp("GET /rooms/{room}/events", { token, path: { room: direct } }),
    ).toMatchObject({
      status: 403,
    });
    const sent = await ask(impostor, { action: "send", to: "bob", text: "hi" });
    expect(sent).toMatchObject([{ type: "ack", room: "dm:Alice:bob" }]);
  });

  it("only by case is no room at all", async () => {
    for (const room of ["General", "GENERAL", "DM:alice:mallory", "Dm:alice:mallory"]) {
      expect(codesOf(await ask(mallory, { action: "join", room }))).toEqual(["bad_request"]);
    }
  });

  it("is shown as it is, a display name's tricks taken out", async () => {
    const bob = await here.as("bob");
    const token = await signed({ sub: "mallory", name: "\u202eecilA\u2066\u0000" });
    const path = { room: "dm:bob:mallory" };
    await askHttp("POST /rooms/{room}/messages", { token, path, body: { text: "hi" } });
    expect(here.received(bob)).toMatchObject([{ events: [{ from: "mallory", name: "ecilA" }] }]);
  });
});

describe("a title, a topic, a reason", () => {
  const refused: [string, string][] = [
    ["an end of a line", "two\u2028lines"],
    ["another end of a line", "two\u0085lines"],
    ["what a terminal obeys", "\u009b31mred"],
    ["letters from right to left", "invoice\u202efdp.exe"],
    ["nothing to see", "\u200b\u3164"],
  ];
  it.each(refused)("is refused with %s", async (_, line) => {
    const [made] = await ask(mallory, { action: "create", visibility: "private" });
    const room = String(made?.room);
    for (const frame of [
      { action: "create", visibility: "private", title: line },
      { action: "configure", room, topic: line },
      { action: "kick", room, user: "bob", reason: line },
    ]) {
      expect(codesOf(await ask(mallory, frame))).toEqual(["bad_request"]);
    }
  });

  it("has what writing needs, or nothing", async () => {
    const [made] = await ask(mallory, { action: "create", visibility: "private" });
    const room = String(made?.room);
    for (const title of ["👩‍🚀", "می\u200cخواهم", "שלום\u200f!", ""]) {
      const answers = await ask(mallory, { action: "configure", room, title });
      expect(codesOf(answers)).toContain("configured");
    }
  });
});
