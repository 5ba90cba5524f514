/** Asking `GET /gateway`, and making sense of any answer. */
import { describe, expect, it } from "vitest";
import { askGateway, type Fetch } from "../../client/askGateway.ts";
import * as limits from "../../client/limits.ts";
import { fakeClock } from "./fakeClock.ts";
import { scripted } from "./scripted.ts";

describe("askGateway", () => {
  const answering = (status: number, body: unknown) => {
    const asked: unknown[] = [];
    const fetch = async (url: string, init: object) => {
      asked.push([url, init]);
      return { ok: status === 200, status, json: async () => body };
    };
    return { asked, ask: askGateway("https://api.example", { fetch }) };
  };

  it("asks with the token, and says which failed", async () => {
    const place = { url: "wss://b", gateway: "b" };
    const { asked, ask } = answering(200, place);
    expect(await ask("token-1", [])).toEqual(place);
    expect(await ask("token-1", ["a", "c d"])).toEqual(place);
    const headers = { authorization: "Bearer token-1" };
    const init = { headers, signal: expect.any(AbortSignal) };
    expect(asked).toEqual([
      ["https://api.example/gateway", init],
      ["https://api.example/gateway?failed=a%2Cc%20d", init],
    ]);
  });

  it("makes the client wait as long as the service says while all gateways are full", async () => {
    const error = {
      code: "unavailable",
      message: "all full",
      retryable: true,
      retryAfterMs: 7_000,
    };
    const { asked, ask } = answering(503, { error });
    const { client, clock, told } = scripted({ url: ask });
    client.connect();
    await clock.pass(7_499);
    expect(asked).toHaveLength(1);
    expect(told.at(-1)).toMatchObject(["status", { reason: { code: "unavailable" } }]);
    await clock.pass(1);
    expect(asked).toHaveLength(2);
  });

  it("tries again after an answer that is not the service's", async () => {
    const { ask } = answering(502, null);
    await expect(ask("token-1", [])).rejects.toMatchObject({
      code: "unavailable",
      retryable: true,
    });
  });

  it("asks any of several, and the next one when that fails", async () => {
    const asked: string[] = [];
    const fetch = async (url: string) => {
      asked.push(url);
      if (asked.length === 1) throw new TypeError("fetch failed");
      const status = asked.length === 2 ? 429 : 200;
      return { ok: status === 200, status, json: async () => ({ url: "wss://g", gateway: "g" }) };
    };
    const ask = askGateway(["https://a", "https://b", "https://c"], { fetch, random: () => 0.5 });
    await expect(ask("token-1", [])).rejects.toThrow("fetch failed");
    await expect(ask("token-1", [])).rejects.toMatchObject({ code: "unavailable" });
    await ask("token-1", []);
    await ask("token-1", []);
    expect(asked.map((url) => url[8])).toEqual(["b", "c", "a", "a"]);
  });

  it("asks the next one when an endpoint accepts and never answers", async () => {
    const clock = fakeClock();
    const asked: [url: string, signal: AbortSignal][] = [];
    const fetch: Fetch = (url, { signal }) => {
      asked.push([url, signal]);
      // The second one sends its headers, and no body.
      const response = { ok: true, status: 200, json: () => new Promise(() => {}) };
      return asked.length === 2 ? Promise.resolve(response) : new Promise(() => {});
    };
    const ask = askGateway(["https://a", "https://b"], { fetch, clock, random: () => 0 });
    for (const ended of [1, 2]) {
      const asking = expect(ask("token-1", [])).rejects.toMatchObject({
        code: "timed_out",
        retryable: true,
      });
      await clock.pass(limits.askMs);
      await asking;
      expect(asked.map(([, { aborted }]) => aborted)).toEqual(Array(ended).fill(true));
    }
    expect(asked.map(([url]) => url)).toEqual(["https://a/gateway", "https://b/gateway"]);
  });

  it("lets a client with an endpoint that hangs connect by the next one", async () => {
    const clock = fakeClock();
    const fetch: Fetch = async (url) => {
      if (url.startsWith("https://hangs")) return new Promise(() => {});
      return { ok: true, status: 200, json: async () => ({ url: "wss://g", gateway: "g" }) };
    };
    const url = askGateway(["https://hangs", "https://well"], { fetch, clock, random: () => 0 });
    const { client, sockets } = scripted({ url, clock });
    client.connect();
    while (sockets.all.length === 0 && clock.nowMs() < 10 * limits.openMs) await clock.pass(1_000);
    expect(sockets.last().url).toBe("wss://g");
  });
});
