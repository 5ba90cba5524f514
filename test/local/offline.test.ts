/**
 * `serverless offline` with the local plugin: handlers that misbehave harm no other connection. The
 * service here is a fixture. Tests share one start of it, from a shell with settings for AWS.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  freePorts,
  killAll,
  type Running,
  serverlessOffline,
  withoutTimersOf,
} from "./processes.ts";
import { openSocket } from "./socket.ts";

/** How long serverless-offline by itself waits for running requests when it ends: here for ever. */
const emulatorPatienceMs = 5000;
const fixture = fileURLToPath(new URL("fixture/", import.meta.url));
const shell = { AWS_PROFILE: "production", AUTH_ISSUER: "https://issuer.example" };

async function startFixture(env: NodeJS.ProcessEnv): Promise<Running> {
  const port = await freePorts();
  const settings = { PARLEY_PORT: String(port), SLS_LOG_LEVEL: "error" };
  return serverlessOffline({ cwd: fixture, env: { ...settings, ...env } });
}

describe("serverless offline, with the local plugin", () => {
  let service: Running;
  beforeAll(async () => {
    service = await startFixture({ ...shell, ...withoutTimersOf(emulatorPatienceMs) });
  });
  afterAll(killAll);

  /** Connects a victim and a bystander. `errors` returns the complaints that follow. */
  async function connectTwo() {
    const before = service.errors().length;
    return {
      bystander: await openSocket(service.websocketUrl),
      victim: await openSocket(service.websocketUrl),
      errors: () => service.errors().slice(before),
    };
  }

  it("gives handlers strings in place of intrinsics, and nothing of the shell", async () => {
    expect(await (await fetch(service.httpUrl)).json()).toEqual({
      CONNECTIONS_TABLE: "parley-connections",
      PARLEY_LOCAL: "1",
    });
  });

  it("loads a handler once", async () => {
    const socket = await openSocket(service.websocketUrl);
    const { invocations } = JSON.parse(await socket.ask("hello"));
    const again = JSON.parse(await socket.ask("hello"));
    expect(again).toMatchObject({ invocations: invocations + 1 });
  });

  it.each([
    "throw now",
    "throw later",
    "reject later",
  ])("survives a handler that is told to %s, and so do its sockets", async (misdeed) => {
    const { bystander, victim, errors } = await connectTwo();
    await victim.ask(misdeed);
    await expect.poll(errors).toContain("on purpose");
    for (const socket of [bystander, victim]) {
      expect(JSON.parse(await socket.ask("hello"))).toMatchObject({ handler: "default" });
    }
  });

  it("reports a crash in one line, with the line of the source", async () => {
    const { victim, errors } = await connectTwo();
    await victim.ask("throw later");
    await expect.poll(errors).toContain("a handler crashed");
    const lines = readFileSync(`${fixture}handlers.ts`, "utf8").split("\n");
    const thrownAt = lines.findIndex((line) => line.includes("after the answer")) + 1;
    const [line, ...others] = errors().trimEnd().split("\n");
    expect(line).toMatch(/^a handler crashed: Error: thrown on purpose/);
    expect(line).toContain(`handlers.ts:${thrownAt}:`);
    expect(others).toEqual([]);
  });

  it("survives a client that breaks the WebSocket protocol, without a word", async () => {
    const { bystander, victim, errors } = await connectTwo();
    victim.writeRaw(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    expect(await victim.closed).toBe(1002);
    expect(JSON.parse(await bystander.ask("hello"))).toMatchObject({ handler: "default" });
    expect(errors()).toBe("");
  });

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
  ])("answers the frame %j by the function %s", async (frame, handler) => {
    const socket = await openSocket(service.websocketUrl);
    expect(JSON.parse(await socket.ask(frame))).toMatchObject({ handler, eventType: "MESSAGE" });
  });

  it("ends at once when told to, even while a handler runs", async () => {
    const unanswered = fetch(`${service.httpUrl}/hang`).catch(() => "cut off");
    await expect.poll(service.output).toContain("hanging");
    service.kill("SIGINT");
    expect(await service.exit).toMatchObject({ code: 0, signal: null });
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
