/**
 * What posting through a gateway promises, against an HTTP server that answers as gateways do: our
 * own poster, and the SDK's client that it is held to.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { sdkSockets } from "../../lib/adapters/apigateway/sdkSockets.ts";
import { apiGatewaySockets } from "../../lib/adapters/apigateway/sockets.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { localCredentials } from "../../local/emulator/database/tables.ts";
import { answerMs, type ScriptedGateway, scriptedGateway } from "./scriptedGateway.ts";

const adapters = { "our own poster": apiGatewaySockets, "the SDK's client": sdkSockets };
const options = { region: "us-east-1", credentials: async () => localCredentials };

let gateway: ScriptedGateway;
beforeEach(async () => {
  gateway = await scriptedGateway();
});
afterEach(() => gateway.stop());

const text = '{"type":"pong","atMs":1}';
const frame = new TextEncoder().encode(text);
const status = (code: number, headers: Record<string, string> = {}) => {
  gateway.answer = (response) => response.writeHead(code, headers).end("{}");
};

describe.each(Object.entries(adapters))("%s", (_, adapter) => {
  const sockets = adapter(options);
  const post = (connectionId = "abc=", withinMs = answerMs) =>
    sockets.post({ gateway: gateway.url, connectionId }, frame, withinMs);

  it("posts the bytes to the connection, signed for the region", async () => {
    expect(await post()).toBe("delivered");
    expect(gateway.requests.map(({ body }) => String(body))).toEqual([text]);
    expect(gateway.requests[0]?.headers).toMatchObject({
      "content-length": String(frame.length),
      "content-type": "application/octet-stream",
      authorization: expect.stringContaining("/us-east-1/execute-api/aws4_request"),
    });
  });

  it.each([
    ["L0SM9cOFvHcCIhw=", "L0SM9cOFvHcCIhw%3D"],
    ["a+b/c==", "a%2Bb%2Fc%3D%3D"],
    ["-_.~!'()*", "-_.~%21%27%28%29%2A"],
    ["a%3Db", "a%253Db"],
    ["é?#&", "%C3%A9%3F%23%26"],
  ])("encodes the id %s once in the path", async (id, encoded) => {
    await post(id);
    await sockets.close({ gateway: gateway.url, connectionId: id }, answerMs);
    const url = `/@connections/${encoded}`;
    expect(gateway.requests).toMatchObject([
      { method: "POST", url },
      { method: "DELETE", url },
    ]);
  });

  it("keeps the stage of an endpoint that has one", async () => {
    await sockets.post({ gateway: `${gateway.url}/prod`, connectionId: "abc=" }, frame, answerMs);
    expect(gateway.requests[0]?.url).toBe("/prod/@connections/abc%3D");
  });

  it.each([
    [0, "an empty frame"],
    [limits.frameBytes, "the largest frame"],
  ])("posts %i bytes, %s", async (bytes) => {
    const large = new Uint8Array(bytes).fill(97);
    const to = { gateway: gateway.url, connectionId: "abc=" };
    expect(await sockets.post(to, large, answerMs)).toBe("delivered");
    expect(gateway.requests[0]?.body.length).toBe(bytes);
  });

  it.each([
    [200, "delivered"],
    [204, "delivered"],
    [302, "failed"],
    [400, "refused"],
    [403, "refused"],
    [410, "gone"],
    [413, "refused"],
    [429, "throttled"],
    [500, "failed"],
    [503, "failed"],
  ] as const)("takes %i for %s, asking once", async (code, result) => {
    status(code);
    expect(await post()).toBe(result);
    expect(gateway.requests).toHaveLength(1);
  });

  it("knows a 410 with and without the name of its error", async () => {
    status(410, { "x-amzn-errortype": "GoneException" });
    expect(await post()).toBe("gone");
    status(410);
    expect(await post()).toBe("gone");
  });

  it("closes a connection, and says when it is gone", async () => {
    const close = () => sockets.close({ gateway: gateway.url, connectionId: "abc=" }, answerMs);
    expect(await close()).toBe("delivered");
    expect(gateway.requests).toMatchObject([{ method: "DELETE", url: "/@connections/abc%3D" }]);
    status(410);
    expect(await close()).toBe("gone");
  });

  it.each([
    200, 410, 429, 500,
  ])("uses one socket for posts one after another, also after %i", async (code) => {
    status(code);
    for (let n = 0; n < 20; n += 1) await post();
    expect(gateway.requests).toHaveLength(20);
    expect(gateway.sockets).toBe(1);
  });

  it("reads an answer of megabytes to its end, and uses the socket again", async () => {
    gateway.answer = (response) => response.writeHead(200).end(Buffer.alloc(5_000_000));
    expect([await post(), await post()]).toEqual(["delivered", "delivered"]);
    expect(gateway.sockets).toBe(1);
  });

  it("has as many posts in flight as the limit, each on a socket of its own", async () => {
    const held: (() => void)[] = [];
    gateway.answer = (response) => {
      held.push(() => response.end());
      if (held.length === limits.postsPerGateway) for (const release of held) release();
    };
    const ids = Array.from({ length: limits.postsPerGateway }, (_, n) => `${n}=`);
    const results = await Promise.all(ids.map((id) => post(id)));
    expect(results.filter((result) => result === "delivered")).toHaveLength(ids.length);
    expect(gateway.sockets).toBe(limits.postsPerGateway);
  });

  it("opens no more sockets than the limit, for any number of calls at once", async () => {
    const ids = Array.from({ length: 5 * limits.postsPerGateway }, (_, n) => `${n}=`);
    await Promise.all(ids.map((id) => post(id, answerMs)));
    expect(new Set(gateway.requests.map(({ url }) => url)).size).toBe(ids.length);
    expect(gateway.requests).toHaveLength(ids.length);
    expect(gateway.sockets).toBeLessThanOrEqual(limits.postsPerGateway);
  });

  it("gives up a gateway that does not answer in time, and that socket with it", async () => {
    gateway.answer = () => {};
    const timeIsUp = timeStopped();
    const posting = post();
    while (gateway.requests.length === 0) await new Promise(setImmediate);
    timeIsUp();
    expect(await posting).toBe("failed");
    gateway.answer = (response) => response.end();
    expect(await post()).toBe("delivered");
    expect(gateway.sockets).toBe(2);
  });

  it("gives up closing at the deadline that it is given", async () => {
    const held: ServerResponse[] = [];
    gateway.answer = (response) => held.push(response);
    let isPosted = false;
    const to = { gateway: gateway.url, connectionId: "abc=" };
    const posting = post().finally(() => {
      isPosted = true;
    });
    expect(await sockets.close(to, 50)).toBe("failed");
    expect(isPosted).toBe(false);
    gateway.answer = (response) => response.end();
    for (const response of held) response.end();
    expect(await posting).toBe("delivered");
  });

  it("never sends what waited for a socket until its deadline", async () => {
    const held: ServerResponse[] = [];
    gateway.answer = (response) => held.push(response);
    const ids = Array.from({ length: limits.postsPerGateway }, (_, n) => `held-${n}=`);
    const posting = ids.map((id) => post(id));
    expect(await post("late=", 100)).toBe("failed");
    gateway.answer = (response) => response.end();
    for (const response of held) response.end();
    await Promise.all(posting);
    expect(await post("next=")).toBe("delivered");
    expect(gateway.requests.filter(({ url }) => url.includes("late"))).toEqual([]);
  });

  it("fails once when the gateway closed a kept-alive socket under it", async () => {
    const answered = new Set<unknown>();
    gateway.answer = (response, { socket }) => {
      if (answered.has(socket)) socket.destroy();
      else response.end();
      answered.add(socket);
    };
    expect([await post(), await post(), await post()]).toEqual([
      "delivered",
      "failed",
      "delivered",
    ]);
    expect(gateway.requests).toHaveLength(3);
  });

  it("survives an answer that is cut off", async () => {
    gateway.answer = (response, { socket }) => {
      response.writeHead(410, { "content-length": "100" }).write("{", () => socket.destroy());
    };
    await post();
    gateway.answer = (response) => response.end();
    expect(await post()).toBe("delivered");
  });

  it("survives an answer that is not HTTP", async () => {
    gateway.answer = (_response, { socket }) => socket.end("220 mail.example.com ESMTP\r\n");
    expect(await post()).toBe("failed");
  });

  it.each([
    ["refuses connections", async () => `http://127.0.0.1:${await closedPort()}`],
    ["has no address", async () => "http://gateway.invalid"],
    ["does not speak TLS", async () => gateway.url.replace("http:", "https:")],
  ])("takes a gateway that %s for one that failed", async (_what, url) => {
    const unreachable = { gateway: await url(), connectionId: "abc=" };
    expect(await sockets.post(unreachable, frame, 2_000)).toBe("failed");
    expect(await sockets.close(unreachable, 2_000)).toBe("failed");
  });

  it.each([
    ["without credentials", () => Promise.reject(new Error("none"))],
    ["with what no header can hold", async () => ({ ...localCredentials, sessionToken: "a\nb" })],
  ])("fails, and sends nothing, %s", async (_what, credentials) => {
    const poor = adapter({ ...options, credentials });
    const to = { gateway: gateway.url, connectionId: "abc=" };
    expect(await poor.post(to, frame, answerMs)).toBe("failed");
    expect(await poor.close(to, answerMs)).toBe("failed");
    expect(gateway.requests).toEqual([]);
  });
});

/** From now on time stands still, until what this returns lets all pass that anybody waits for. */
function timeStopped(): () => void {
  const ended = new AbortController();
  const flow = () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  };
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(ended.signal);
  onTestFinished(flow);
  return () => {
    vi.advanceTimersByTime(answerMs);
    ended.abort();
    flow();
  };
}

/** One that nobody listens on any more. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise<unknown>((closed) => server.close(closed));
  return port;
}
