/** Asking `GET /gateway`, and making sense of whatever answers. */
import { describe, expect, it } from "vitest";
import { askGateway } from "../../client/askGateway.ts";
import { scripted } from "./scripted.ts";

describe("askGateway", () => {
  const answering = (status: number, body: unknown) => {
    const asked: unknown[] = [];
    const fetch = async (url: string, init: object) => {
      asked.push([url, init]);
      return { ok: status === 200, status, json: async () => body };
    };
    return { asked, ask: askGateway("https://api.example", fetch) };
  };

  it("asks with the token, and says which failed", async () => {
    const place = { url: "wss://b", gateway: "b" };
    const { asked, ask } = answering(200, place);
    expect(await ask("token-1", [])).toEqual(place);
    expect(await ask("token-1", ["a", "c d"])).toEqual(place);
    const headers = { authorization: "Bearer token-1" };
    expect(asked).toEqual([
      ["https://api.example/gateway", { headers }],
      ["https://api.example/gateway?failed=a%2Cc%20d", { headers }],
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
    const ask = askGateway(["https://a", "https://b", "https://c"], fetch, () => 0.5);
    await expect(ask("token-1", [])).rejects.toThrow("fetch failed");
    await expect(ask("token-1", [])).rejects.toMatchObject({ code: "unavailable" });
    await ask("token-1", []);
    await ask("token-1", []);
    expect(asked.map((url) => url[8])).toEqual(["b", "c", "a", "a"]);
  });
});
