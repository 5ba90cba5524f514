/** What a gateway does not go on with for ever, with the limits lowered to see it. */
import { PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import { describe, expect, it } from "vitest";
import { awsLimits, throttle } from "../../local/gateway/limits.ts";
import { type Content, idOf, open, type Running, startFixture } from "./running.ts";

const post = ({ management }: Running, ConnectionId: string, Data: string) =>
  management.send(new PostToConnectionCommand({ ConnectionId, Data }));
const tooMany = { name: "LimitExceededException", $metadata: { httpStatusCode: 429 } };

const goodbye = ({ told }: Running, connectionId: string) =>
  told.next(
    "$disconnect",
    (event): event is Content =>
      event.requestContext?.eventType === "DISCONNECT" &&
      event.requestContext.connectionId === connectionId,
  );

it("is idle after ten minutes, and ends after two hours, as on AWS", () => {
  expect(awsLimits).toMatchObject({ idleTimeoutMs: 600_000, connectionMs: 7_200_000 });
});

describe("a connection", async () => {
  const idle = await startFixture({ limits: { idleTimeoutMs: 1000 } });
  const brief = await startFixture({ limits: { connectionMs: 1500, idleTimeoutMs: 1000 } });

  it("that is idle ends with 1001, whatever pings it sends", async () => {
    const socket = await open(idle);
    const id = await idOf(socket);
    const pings = setInterval(() => socket.webSocket.ping(), 50);
    expect(await socket.closed).toEqual({ code: 1001, reason: "Going away" });
    clearInterval(pings);
    const why = { disconnectStatusCode: 1001, disconnectReason: "Going away" };
    expect((await goodbye(idle, id)).requestContext).toMatchObject(why);
  });

  it("is not idle while messages come in, or go out", async () => {
    const socket = await open(idle);
    const id = await idOf(socket);
    const startedMs = performance.now();
    for (let i = 0; performance.now() - startedMs < 1600; i += 1) {
      if (i % 2 === 0) await socket.ask({ action: "echo" });
      else await post(idle, id, "1").then(socket.next);
    }
    expect(socket.webSocket.readyState).toBe(socket.webSocket.OPEN);
  });

  it("ends with 1001 at its longest, however busy", async () => {
    const socket = await open(brief);
    const startedMs = performance.now();
    let isOpen = true;
    void socket.closed.then(() => {
      isOpen = false;
    });
    const asking = (async () => {
      while (isOpen) await Promise.race([socket.ask({ action: "echo" }), socket.closed]);
    })();
    expect(await socket.closed).toMatchObject({ code: 1001 });
    expect(performance.now() - startedMs).toBeGreaterThan(1000);
    await asking.catch(() => {});
  });
});

describe("a client that reads nothing", async () => {
  const gateway = await startFixture({ limits: { clientBufferBytes: 200_000 } });

  it("makes posts to it, and to nobody else, answer 429 until it reads", async () => {
    const [sleepy, other] = [await open(gateway), await open(gateway)];
    const [id, otherId] = [await idOf(sleepy), await idOf(other)];
    const data = `"${"x".repeat(100_000)}"`;
    sleepy.webSocket.pause();
    const fill = async () => {
      // Past what the system's own buffers take.
      for (let i = 0; i < 1000; i += 1) await post(gateway, id, data);
    };
    await expect(fill()).rejects.toMatchObject(tooMany);
    await post(gateway, otherId, '"hi"');
    expect(await other.next()).toBe("hi");
    sleepy.webSocket.resume();
    await sleepy.next();
    expect((await sleepy.ask({ action: "echo" })).length).toBe(data.length - 2);
  });
});

describe("an account", async () => {
  const slow = await startFixture({ limits: { requestsPerSecond: 0.001, requestsBurst: 4 } });
  const closed = await startFixture({ limits: { connectsPerSecond: 1 } });

  it("has one rate for handshakes, frames, posts and HTTP together", async () => {
    const socket = await open(slow);
    const id = await idOf(socket);
    await post(slow, id, '"in time"');
    expect(await socket.next()).toBe("in time");
    expect((await fetch(`${slow.httpUrl}/things/1`)).status).toBe(201);

    const tooFast = { message: "Too Many Requests", connectionId: id };
    expect(await socket.ask({ action: "echo" })).toMatchObject(tooFast);
    await expect(post(slow, id, "1")).rejects.toMatchObject(tooMany);
    expect((await fetch(`${slow.httpUrl}/things/1`)).status).toBe(429);
    await expect(open(slow)).rejects.toMatchObject({ status: 429 });
  });

  it("has a rate of its own for new connections", async () => {
    await open(closed);
    await expect(open(closed)).rejects.toMatchObject({ status: 429 });
  });
});

it("refills its buckets at their rate, up to the burst, and has no rate by default", async () => {
  const take = throttle(1000, 2);
  expect([take(), take(), take()]).toEqual([true, true, false]);
  const startedMs = performance.now();
  while (!take());
  expect(performance.now() - startedMs).toBeGreaterThan(0);
  const always = throttle(awsLimits.requestsPerSecond, awsLimits.requestsBurst);
  expect(Array.from({ length: 100_000 }, always).every(Boolean)).toBe(true);
});
