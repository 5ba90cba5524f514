/** Names that look like another's: in frames, in paths and in tokens. */
import { describe, expect, it, vi } from "vitest";
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
  ["a space", "alice "],
  ["a wide space", "alice\u3000"],
  ["NUL", "alice\0"],
  ["half a surrogate pair", "alice\ud800"],
  ["a colon", "alice:bob"],
  ["a slash", "alice/bob"],
  ["a percent sign", "alice%00"],
  ["a number sign", "CONN#alice"],
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
