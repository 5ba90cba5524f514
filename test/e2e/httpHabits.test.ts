/**
 * What browsers, uptime monitors and HTTP libraries do by habit. Each works, or is refused by name,
 * the same way on every gateway.
 */
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { directRoom } from "../../lib/protocol/names.ts";
import { developmentToken } from "../../local/tokens.ts";
import { fresh, shared } from "../support/endpoints.ts";

const origin = "https://example.org";
const authorized = async (user: string) => ({
  authorization: `Bearer ${await developmentToken(user)}`,
});
const ask = (path: string, init: RequestInit = {}) => fetch(`${shared().httpUrl}${path}`, init);
const namesIn = (list: string | null) => (list ?? "").toLowerCase().split(/, */).sort();

it.each([
  ["POST", "/rooms/general/messages"],
  ["GET", "/rooms/general/events?limit=1"],
  ["GET", "/gateway"],
])("answers a browser's preflight of %s %s", async (method, path) => {
  const preflight = await ask(path, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,content-type,idempotency-key",
    },
  });
  expect(preflight.status).toBe(204);
  expect(["*", origin]).toContain(preflight.headers.get("access-control-allow-origin"));
  expect(namesIn(preflight.headers.get("access-control-allow-methods"))).toEqual(["get", "post"]);
  expect(namesIn(preflight.headers.get("access-control-allow-headers"))).toEqual([
    "authorization",
    "content-type",
    "idempotency-key",
  ]);
});

it("lets a browser on any site read answers, refusals and Retry-After", async () => {
  const { headers } = await ask("/health", { headers: { origin } });
  expect(["*", origin]).toContain(headers.get("access-control-allow-origin"));

  const alice = fresh("alice");
  const headersOfPost = { ...(await authorized(alice)), origin };
  const post = () =>
    ask(`/rooms/${encodeURIComponent(directRoom(alice, alice))}/messages`, {
      method: "POST",
      headers: headersOfPost,
      body: '{"text":"hi"}',
    });
  // However slow the machine is, so many at once come too fast in the end.
  let refusal: Response | undefined;
  while (refusal === undefined) {
    const answers = await Promise.all(Array.from({ length: 12 }, post));
    refusal = answers.find(({ status }) => status === 429);
  }
  expect(refusal.headers.get("retry-after")).toMatch(/^[1-4]$/);
  expect(["*", origin]).toContain(refusal.headers.get("access-control-allow-origin"));
  expect(namesIn(refusal.headers.get("access-control-expose-headers"))).toContain("retry-after");
});

it("answers HEAD as GET, without a body", async () => {
  const health = await ask("/health", { method: "HEAD" });
  expect(health.status).toBe(200);
  expect(health.headers.get("content-type")).toMatch(/^application\/json/);
  expect(await health.text()).toBe("");

  const alice = fresh("alice");
  const path = `/rooms/${encodeURIComponent(directRoom(alice, alice))}/events`;
  const headers = await authorized(alice);
  expect((await ask(path, { method: "HEAD", headers })).status).toBe(200);
  expect((await ask(path, { method: "HEAD" })).status).toBe(401);
  expect((await ask("/rooms", { method: "HEAD", headers })).status).toBe(404);
});

it("takes a path with a slash at its end", async () => {
  const health = await ask("/health/");
  expect(health.status).toBe(200);
  expect(await health.json()).toEqual({ status: "ok" });

  const alice = fresh("alice");
  const room = directRoom(alice, alice);
  const init = { headers: await authorized(alice) };
  const page = await ask(`/rooms/${encodeURIComponent(room)}/events/?limit=1`, init);
  expect(page.status).toBe(200);
  expect(await page.json()).toEqual({ room, events: [], more: false });
});

it("refuses a compressed body by the name of its header", async () => {
  const alice = fresh("alice");
  const room = encodeURIComponent(directRoom(alice, alice));
  const headers = { ...(await authorized(alice)), "content-type": "application/json" };
  const post = (encoding: string, body: Uint8Array<ArrayBuffer>) =>
    ask(`/rooms/${room}/messages`, {
      method: "POST",
      headers: { ...headers, "content-encoding": encoding },
      body,
    });
  const text = new TextEncoder().encode('{"text":"hi"}');
  const answer = await post("gzip", new Uint8Array(gzipSync(text)));
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: "bad_request", message: expect.stringContaining("Content-Encoding") },
  });
  expect((await post("Identity", text)).status).toBe(201);
});
