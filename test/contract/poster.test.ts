/** What our own poster promises beyond the port: time, credentials, TLS, and old sockets. */
import { createServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { apiGatewaySockets } from "../../lib/adapters/apigateway/sockets.ts";
import { localCredentials } from "../../local/emulator/database/tables.ts";
import { cert, key } from "./localhostCertificate.ts";
import { answerMs, type ScriptedGateway, scriptedGateway } from "./scriptedGateway.ts";

let gateway: ScriptedGateway;
beforeEach(async () => {
  gateway = await scriptedGateway();
});
afterEach(() => gateway.stop());

const frame = new TextEncoder().encode("{}");
const options = { region: "us-east-1", credentials: async () => localCredentials };
const to = () => ({ gateway: gateway.url, connectionId: "abc=" });

describe("our own poster", () => {
  it("takes the status for the answer when the body does not end", async () => {
    const sockets = apiGatewaySockets(options);
    gateway.answer = (response) => response.writeHead(410).write("{");
    // On a busy machine the status may take longer than the post waits for it.
    let result = "failed";
    for (let withinMs = 100; result === "failed"; withinMs *= 2) {
      result = await sockets.post(to(), frame, withinMs);
    }
    expect(result).toBe("gone");
    const { sockets: before } = gateway;
    gateway.answer = (response) => response.end();
    expect(await sockets.post(to(), frame, answerMs)).toBe("delivered");
    expect(gateway.sockets).toBe(before + 1);
  });

  it("takes the status for the answer when the body is cut off", async () => {
    const sockets = apiGatewaySockets(options);
    gateway.answer = (response, { socket }) => {
      response.writeHead(200, { "content-length": "9" }).write("{", () => socket.destroy());
    };
    expect(await sockets.post(to(), frame, answerMs)).toBe("delivered");
  });

  it("ends in time while it waits for credentials, and does not post later", async () => {
    let give = () => {};
    const given = new Promise<typeof localCredentials>((resolve) => {
      give = () => resolve(localCredentials);
    });
    const sockets = apiGatewaySockets({ ...options, credentials: () => given });
    expect(await sockets.post(to(), frame, 50)).toBe("failed");
    give();
    expect(await sockets.post(to(), frame, answerMs)).toBe("delivered");
    expect(gateway.requests).toHaveLength(1);
  });

  it("posts again as soon as there are credentials again", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const answers = [Promise.reject(new Error("none yet")), Promise.resolve(localCredentials)];
    const credentials = () => answers.shift() ?? Promise.reject(new Error("asked too often"));
    const sockets = apiGatewaySockets({ ...options, credentials });
    expect(await sockets.post(to(), frame, answerMs)).toBe("failed");
    vi.setSystemTime(Date.now() + 1_000);
    expect(await sockets.post(to(), frame, answerMs)).toBe("delivered");
  });

  it.each([
    ["uses a socket again that rested for half a minute", 30_000, 1],
    ["opens a new socket when the old one rested for longer", 30_001, 2],
  ])("%s, as when its process was frozen", async (_, restMs, opened) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const sockets = apiGatewaySockets(options);
    await sockets.post(to(), frame, answerMs);
    vi.setSystemTime(Date.now() + restMs);
    expect(await sockets.post(to(), frame, answerMs)).toBe("delivered");
    expect(gateway.sockets).toBe(opened);
  });

  it("refuses a gateway that is no address: a defect, not an outage", async () => {
    const sockets = apiGatewaySockets(options);
    const nowhere = { gateway: "eu-1", connectionId: "abc=" };
    expect(await sockets.post(nowhere, frame, answerMs)).toBe("refused");
    expect(await sockets.close(nowhere, answerMs)).toBe("refused");
  });

  it("speaks TLS, over one socket, and only with whom it can trust", async () => {
    const server = await tlsGateway();
    const sockets = apiGatewaySockets(options);
    const there = { gateway: server.url, connectionId: "abc=" };
    expect(await sockets.post(there, frame, answerMs)).toBe("failed");
    expect(server.sockets).toBe(0);
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await sockets.post(there, frame, answerMs)).toBe("delivered");
    expect(await sockets.post(there, frame, answerMs)).toBe("delivered");
    expect(server).toMatchObject({ sockets: 1, posts: 2 });
  });

  it("opens four sockets at a time, as many as are needed when that takes long", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await muteGateway();
    const sockets = apiGatewaySockets(options);
    const posts = Array.from({ length: 30 }, (_, id) => {
      const there = { gateway: server.url, connectionId: `${id}=` };
      return sockets.post(there, frame, 1_000);
    });
    expect(await settled(() => server.sockets)).toBe(4);
    vi.advanceTimersByTime(199);
    expect(await settled(() => server.sockets)).toBe(4);
    vi.advanceTimersByTime(1);
    await until(() => server.sockets === 30);
    vi.advanceTimersByTime(800);
    expect(new Set(await Promise.all(posts))).toEqual(new Set(["failed"]));
    await until(() => server.closed === 30);
  });
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Lets everything else happen until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

/** The value when all that was under way has had every chance to happen. */
async function settled<T>(read: () => T): Promise<T> {
  for (let turns = 0; turns < 200; turns += 1) await turn();
  return read();
}

/** Takes connections and says nothing, so that no TLS handshake ends. */
async function muteGateway() {
  const counted = { url: "", sockets: 0, closed: 0 };
  const server = createTcpServer((socket) => {
    counted.sockets += 1;
    socket.resume().on("close", () => {
      counted.closed += 1;
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void server.close());
  counted.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return counted;
}

/** Its certificate is trusted by nobody. `sockets` counts those whose handshake ended well. */
async function tlsGateway() {
  const counted = { url: "", sockets: 0, posts: 0 };
  const server = createServer({ key, cert }, (request, response) => {
    counted.posts += 1;
    request.resume().on("end", () => response.end());
  });
  server.on("secureConnection", () => {
    counted.sockets += 1;
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  counted.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return counted;
}
