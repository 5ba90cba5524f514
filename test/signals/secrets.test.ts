/**
 * No line of the log holds a message's text or a token, even when requests fail. The end-to-end
 * tests check their services' lines too, with `isSurprising`.
 */
import { describe, expect, it, vi } from "vitest";
import { ChatError } from "../../lib/protocol/chatError.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { isSurprising } from "../support/surprises.ts";
import { observed } from "./observed.ts";

vi.mock("../../lib/runtime.ts", async () => (await import("./observed.ts")).observedRuntime());
const { here, lines, invoke, ask, shakeHands } = await observed();
const { ports } = here;

const text = "the-secret-of-the-house";
const token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
const alice = await here.as("alice");
const bob = await here.as("bob");
for (const caller of [alice, bob]) await ask(caller, { action: "join", room: "general" });
here.pass(limits.handshakeMs);

const overHttp = (headers: object, body: string) =>
  invoke("http", {
    routeKey: "POST /rooms/{room}/messages",
    headers,
    pathParameters: { room: "general" },
    requestContext: { requestId: "request-3", http: { method: "POST" } },
    isBase64Encoded: false,
    body,
  });

/** Everything that carries a text or a token, rightly and wrongly. */
async function sayAll(): Promise<void> {
  const sent = { action: "send", room: "general", text };
  await ask(alice, sent);
  await ask(alice, { ...sent, [text]: text });
  await ask(alice, { ...sent, text: [text] });
  await ask(alice, { ...sent, data: { text } });
  await ask(alice, { action: "edit", room: "general", seq: 1, text });
  await ask(alice, { action: "report", room: "general", seq: 1, reason: text });
  await ask(alice, { action: text });
  await ask(alice, { action: "send", room: text, text });
  await overHttp({ authorization: "Bearer good" }, JSON.stringify({ text }));
  await overHttp({ authorization: "Bearer good" }, `{"text":"${text}`);
  await overHttp({ authorization: `Bearer ${token}` }, JSON.stringify({ text }));
  await overHttp({ authorization: token }, text);
  await shakeHands(token);
  await shakeHands(`${token}.${text}`);
}

const broken = (error: unknown) => {
  for (const port of [ports.log, ports.memberships, ports.subscriptions]) {
    for (const method of Object.keys(port)) {
      Object.assign(port, { [method]: () => Promise.reject(error) });
    }
  }
};

it.each([
  ["all is well", () => {}],
  ["no gateway answers", () => vi.spyOn(ports.sockets, "post").mockResolvedValue("failed")],
  ["a gateway refuses", () => vi.spyOn(ports.sockets, "post").mockResolvedValue("refused")],
  ["the tables are down", () => broken(new ChatError("unavailable", "unable", { cause: 1 }))],
  ["there is a defect", () => broken(new TypeError("x is not a function"))],
])("holds no text and no token when %s", async (_case, breaks) => {
  lines.length = 0;
  breaks();
  await sayAll();
  expect(lines.length).toBeGreaterThan(5);
  const written = JSON.stringify(lines);
  expect(written).not.toContain(text);
  for (const part of token.split(".")) expect(written).not.toContain(part);
});

describe("the look at what end-to-end files made the service write", () => {
  const info = (details: object) => JSON.stringify({ level: "info", what: "measured", ...details });

  it("notices a token or a text in any line, at any level", () => {
    expect(isSurprising(info({ token }))).toBe(true);
    expect(isSurprising(info({ frame: { action: "send", text } }))).toBe(true);
    expect(isSurprising(info({ body: JSON.stringify({ text }) }))).toBe(true);
  });

  it("lets pass what is neither", () => {
    expect(isSurprising(info({ accepted: 1, function: "parley-dev-send" }))).toBe(false);
  });

  it("lets pass an answer that the emulator took too late, and no other failure", () => {
    const printed = (error: string) =>
      ["× Unhandled exception in handler 'send'.", `× ${error}`, "      at send.ts:91:40"].filter(
        isSurprising,
      );
    expect(printed("Error: answers not posted: failed")).toEqual([]);
    expect(printed("Error: answers not posted: refused")).toHaveLength(1);
    const failed = (message: string) => `parley-test-send failed: ${JSON.stringify({ message })}`;
    expect(isSurprising(failed("answers not posted: failed"))).toBe(false);
    expect(isSurprising(failed("x is not a function"))).toBe(true);
    expect(printed("TypeError: x is not a function")).toHaveLength(1);
  });
});
