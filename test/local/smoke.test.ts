/** `npm run smoke`: passes on a service that is well, and names the step that is not. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freePorts, killAll, type Running, runToEnd, startService } from "./processes.ts";

// The developer's shell may set this for deployments.
const env = { SMOKE_TOKENS: "" };
const run = (...args: string[]) => runToEnd("smoke.ts", { args, env });

describe("npm run smoke, beside npm start", () => {
  let service: Running;
  beforeAll(async () => {
    service = await startService({ args: ["--port", String(await freePorts())] });
  });
  afterAll(killAll);

  it("passes every step, that with a room over 250 connections included", async () => {
    const { code, output, errors } = await run("--url", service.httpUrl);
    expect(errors).toBe("");
    expect(output.trim().split("\n")).toEqual([
      "health: answers 200",
      "preflight: answers 204",
      "refused handshake: answers 401 without a token",
      "delivery: a message reached a second socket, and is in the log over HTTP",
      expect.stringMatching(/^large room: a message reached \d+ sockets by push and \d+ by sync$/),
    ]);
    expect(code).toBe(0);
  });
});

describe("npm run smoke", () => {
  /** Something that is no service, and answers everything with a status. */
  async function answering(status: number, headers: Record<string, string> = {}): Promise<string> {
    const server = createServer((_, response) => response.writeHead(status, headers).end("{}"));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    [503, {}, "health: GET /health answers 503"],
    [200, {}, 'preflight: a browser\'s preflight is answered 200, allowing ""'],
    [
      200,
      { "access-control-allow-headers": "authorization" },
      "refused handshake: GET /gateway answers 200, without a url",
    ],
  ])("names the first step that fails, and fails (%i, %j)", async (status, headers, reason) => {
    const { code, errors } = await run("--url", await answering(status, headers));
    expect([code, errors]).toEqual([1, `unable to smoke test; ${reason}\n`]);
  });

  it("lists its steps in a dry run, and asks nothing", async () => {
    const { code, output } = await run("--dry-run");
    expect(output).toBe("health\npreflight\nrefused handshake\ndelivery\nlarge room\n");
    expect(code).toBe(0);
  });

  it.each([
    [["--url", "x", "--stage", "prod"], "--url and --stage both say where"],
    [["--url", "x"], "--url is no URL"],
    [["--url", "https://chat.example.com"], "set SMOKE_TOKENS to"],
  ])("refuses %j in one line", async (args, reason) => {
    const { code, errors } = await run(...args);
    expect(errors).toMatch(/^unable to smoke test; [^\n]+\n$/);
    expect(errors).toContain(reason);
    expect(code).toBe(1);
  });
});
