/** What a gateway does not go on with for ever, with the limits lowered to see it. */
import { once } from "node:events";
import { PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import { describe, expect, it } from "vitest";
import { awsLimits, throttle } from "../../local/emulator/gateway/limits.ts";
import { fakeClock } from "../client/fakeClock.ts";
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

it("a connection ends after ten idle minutes, and after two hours, as on AWS", () => {
  expect(awsLimits).toMatchObject({ idleTimeoutMs: 600_000, connectionMs: 7_200_000 });
});

describe("a connection", async () => {
  const clock = fakeClock();
  const limits = { idleTimeoutMs: 1_000, connectionMs: 3_500 };
  const gateway = await startFixture({ clock, limits });

  it("that is idle ends with 1001, even if it sends pings", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    const { OPEN } = socket.webSocket;
    await clock.pass(limits.idleTimeoutMs - 1);
    const answered = once(socket.webSocket, "pong");
    socket.webSocket.ping();
    await answered;
    expect(socket.webSocket.readyState).toBe(OPEN);
    await clock.pass(1);
    expect(await socket.closed).toEqual({ code: 1001, reason: "Going away" });
    const why = { disconnectStatusCode: 1001, disconnectReason: "Going away" };
    expect((await goodbye(gateway, id)).requestContext).toMatchObject(why);
  });

  it("is not idle while messages come in or go out", async () => {
    const socket = await open(gateway);
    const id = await idOf(socket);
    await clock.pass(limits.idleTimeoutMs - 1);
    const wasAnswered = gateway.answered.next("quiet", (name): name is string => name === "quiet");
    socket.send({ action: "quiet" }); // answered by nothing, so only what came in counts
    await wasAnswered;
    await clock.pass(limits.idleTimeoutMs - 1);
    await post(gateway, id, "1").then(socket.next);
    await clock.pass(limits.idleTimeoutMs - 1);
    expect(await socket.ask({ action: "echo" })).toBeDefined();
  });

  it("ends with 1001 at its maximum age, however busy", async () => {
    const socket = await open(gateway);
    for (let passedMs = 0; passedMs < limits.connectionMs - 500; passedMs += 500) {
      await clock.pass(500);
      await socket.ask({ action: "echo" });
    }
    await clock.pass(499);
    await socket.ask({ action: "echo" });
    await clock.pass(1);
    expect(await socket.closed).toMatchObject({ code: 1001 });
  });
});

describe("a client that reads nothing", async () => {
  const gateway = await startFixture({ limits: { clientBufferBytes: 200_000 } });

  it("gets posts refused with 429 until it reads, and other clients do not", async () => {
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
  const clock = fakeClock();
  const closed = await startFixture({ clock, limits: { connectsPerSecond: 1 } });

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
    await clock.pass(999);
    await expect(open(closed)).rejects.toMatchObject({ status: 429 });
    await clock.pass(1);
    await open(closed);
  });
});

it("a throttle refills at its rate, up to the burst, and has no rate by default", async () => {
  const clock = fakeClock();
  const take = throttle(1000, 2, clock);
  const takeAll = () => Array.from({ length: 4 }, take).filter(Boolean).length;
  expect(takeAll()).toBe(2);
  await clock.pass(1);
  expect(takeAll()).toBe(1);
  await clock.pass(60_000);
  expect(takeAll()).toBe(2);
  const always = throttle(awsLimits.requestsPerSecond, awsLimits.requestsBurst, clock);
  expect(Array.from({ length: 100_000 }, always).every(Boolean)).toBe(true);
});
