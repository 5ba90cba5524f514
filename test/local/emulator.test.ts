/**
 * The emulator's traps, each shown to be harmless: with handlers made to misbehave, in a service of
 * their own that uses the same plugin.
 */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePorts, killAll, type Running, serverlessOffline } from "./processes.ts";
import { openSocket } from "./socket.ts";

/** What serverless-offline by itself gives the requests in hand. */
const emulatorPatienceMs = 5000;
const fixture = fileURLToPath(new URL("fixture/", import.meta.url));

describe("serverless offline, with the local plugin", () => {
  afterEach(killAll);

  it("runs the whole service by itself, database included", async () => {
    const port = await freePorts();
    const service = await serverlessOffline({ env: { PARLEY_PORT: String(port) } });

    expect(service.output()).toContain(
      `ready ws://localhost:${port + 1} http://localhost:${port}\n`,
    );
    expect((await fetch(`${service.httpUrl}/health`)).status).toBe(200);
  });

  it("gives the handlers strings where serverless.yml has intrinsics", async () => {
    const { httpUrl } = await startFixture();
    expect(await (await fetch(httpUrl)).json()).toEqual({
      CONNECTIONS_TABLE: "parley-connections",
      PARLEY_LOCAL: "1",
    });
  });

  it("hides the credentials and settings of a shell that deploys", async () => {
    const shell = { AWS_PROFILE: "production", AUTH_ISSUER: "https://issuer.example" };
    const { httpUrl } = await startFixture(shell);
    const environment = await (await fetch(httpUrl)).json();
    for (const name of Object.keys(shell)) expect(environment).not.toHaveProperty(name);
  });

  it.each([
    "throw now",
    "throw later",
    "reject later",
  ])("survives a handler that is told to %s, and so do its sockets", async (misdeed) => {
    const service = await startFixture();
    const bystander = await openSocket(service.websocketUrl);
    const victim = await openSocket(service.websocketUrl);
    await victim.ask(misdeed);
    await said(service, "on purpose");

    expect(JSON.parse(await bystander.ask("hello"))).toMatchObject({ handler: "default" });
    expect(JSON.parse(await victim.ask("hello"))).toMatchObject({ handler: "default" });
  });

  it("says in one line that a handler crashed, and where", async () => {
    const service = await startFixture();
    await (await openSocket(service.websocketUrl)).ask("throw later");
    await said(service, "a handler crashed");

    const [line, ...others] = service.errors().trimEnd().split("\n");
    expect(line).toMatch(/^a handler crashed: Error: thrown on purpose.* \(.*handlers\.ts:\d+/);
    expect(others).toEqual([]);
  });

  it("survives a client that breaks the WebSocket protocol, or just goes away", async () => {
    const service = await startFixture();
    const bystander = await openSocket(service.websocketUrl);
    const breaker = await openSocket(service.websocketUrl);
    breaker.writeRaw(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(await breaker.closed).toBe(1002);

    expect(JSON.parse(await bystander.ask("hello"))).toMatchObject({ handler: "default" });
    expect(service.errors()).toBe("");
  });

  it("ends at once when told to, whatever a handler still does", async () => {
    const service = await startFixture();
    const unanswered = fetch(`${service.httpUrl}/hang`).catch(() => "cut off");
    while (!service.output().includes("hanging")) await delay(20);
    const startedMs = performance.now();
    service.kill("SIGINT");

    expect(await service.exit).toMatchObject({ code: 0, signal: null });
    expect(performance.now() - startedMs).toBeLessThan(emulatorPatienceMs);
    expect(await unanswered).toBe("cut off");
  });

  it("isolates concurrent invocations in worker threads when asked to", async () => {
    const { websocketUrl } = await startFixture({ PARLEY_WORKERS: "1" });
    const sockets = await Promise.all([1, 2].map(() => openSocket(websocketUrl)));
    const answers = await Promise.all(sockets.map((socket) => socket.ask("hello")));

    const [first, second] = answers.map((answer) => JSON.parse(answer));
    expect(first).toMatchObject({ handler: "default", invocations: 1 });
    expect(second).toMatchObject({ handler: "default", invocations: 1 });
    expect(first.threadId).not.toBe(second.threadId);
  });
});

describe("a frame of any kind", () => {
  let service: Running;
  beforeAll(async () => {
    service = await startFixture();
  }, 60_000);
  afterAll(killAll);

  it.each([
    ["", "default"],
    ["not json", "default"],
    ["null", "default"],
    ["1", "default"],
    ['"x"', "default"],
    ["[]", "default"],
    ['[{"action":"send"}]', "default"],
    ["{}", "default"],
    ['{"action":null}', "default"],
    ['{"action":{}}', "default"],
    ['{"action":["send"]}', "default"],
    ['{"action":"__proto__"}', "default"],
    ['{"action":"constructor"}', "default"],
    ['{"__proto__":{"action":"send"}}', "default"],
    ['{"action":"$default"}', "default"],
    ['{"action":"$connect"}', "connect"],
    ['{"action":"send"}', "send"],
    [Buffer.from('{"action":"send"}'), "send"],
    [Buffer.from([0, 255]), "default"],
    [Buffer.alloc(0), "default"],
  ])("is answered: %j, by the function %s", async (frame, handler) => {
    const socket = await openSocket(service.websocketUrl);
    expect(JSON.parse(await socket.ask(frame))).toMatchObject({ handler, eventType: "MESSAGE" });
  });
});

async function startFixture(env: NodeJS.ProcessEnv = {}): Promise<Running> {
  const port = await freePorts();
  const settings = { PARLEY_PORT: String(port), SLS_LOG_LEVEL: "error" };
  return serverlessOffline({ cwd: fixture, env: { ...settings, ...env } });
}

/** Waits until the service has complained about something. */
async function said(service: Running, text: string): Promise<void> {
  while (!service.errors().includes(text)) await delay(20);
}
