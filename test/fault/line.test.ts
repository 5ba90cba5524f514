/** A device's line is cut whole. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { createLine } from "./line.ts";
import { createRecorder } from "./recorder.ts";

it("is cut on both sockets while one takes the place of the other", async () => {
  const http = createServer();
  const server = new WebSocketServer({ server: http });
  await new Promise<void>((listening) => http.listen(0, "127.0.0.1", listening));
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    http.close();
  });
  const recorder = createRecorder();
  const line = createLine({ device: "alice-a", user: "alice", recorder, received() {} });
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const open = async () => {
    const socket = new line.WebSocket(url);
    await new Promise<void>((opened) => socket.addEventListener("open", opened));
    return { closed: new Promise<void>((closed) => socket.addEventListener("close", closed)) };
  };
  expect(line.cut()).toBe(false);
  const sockets = [await open(), await open()];
  expect(line.cut()).toBe(true);
  await Promise.all(sockets.map(({ closed }) => closed));
  expect(line.cut()).toBe(false);
});
