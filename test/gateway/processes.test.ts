/** Functions are processes, each of which can die without harming a socket, as Lambda's do. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { idOf, open, startFixture } from "./running.ts";

describe("a function's process", async () => {
  const gateway = await startFixture();

  it("is cold once, and warm from then on", async () => {
    const socket = await open(gateway);
    const first = await socket.ask({ action: "echo" });
    const second = await socket.ask({ action: "echo" });
    expect(second).toMatchObject({ pid: first.pid, invocations: first.invocations + 1 });
  });

  it("is replaced by a cold one after kill -9, and no socket ends", async () => {
    const socket = await open(gateway);
    const { pid } = await socket.ask({ action: "echo" });
    process.kill(pid, "SIGKILL");
    while (gateway.processes().some((each) => each.pid === pid)) await new Promise(setImmediate);
    const again = await socket.ask({ action: "echo" });
    expect(again.pid).not.toBe(pid);
    expect(again.invocations).toBeLessThan(100);
  });

  it("does not get the signal that Ctrl-C sends to the gateway's process group", async () => {
    const { pid } = await (await open(gateway)).ask({ action: "echo" });
    const group = execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" });
    expect(Number(group)).toBe(pid);
  });

  it("that is killed during an invocation leaves the client an error frame", async () => {
    const socket = await open(gateway);
    const { pid } = await socket.ask({ action: "obey", how: "answer" });
    socket.send({ action: "obey", how: "hang" });
    const isBusy = () => gateway.processes().some((each) => each.pid === pid && each.isBusy);
    while (!isBusy()) await new Promise(setImmediate);
    process.kill(pid, "SIGKILL");
    expect(await socket.next()).toMatchObject({ message: "Internal server error" });
    expect(gateway.failures.at(-1)).toMatchObject({
      functionName: "obey",
      error: { message: expect.stringContaining("SIGKILL") },
    });
  });

  it("ends on an uncaught error after the answer, and the client keeps the answer", async () => {
    const socket = await open(gateway);
    const { pid } = await socket.ask({ action: "obey", how: "throw later" });
    while (gateway.processes().some((each) => each.pid === pid)) await idOf(socket);
    expect(gateway.failures.at(-1)).toMatchObject({ error: { message: "on purpose" } });
    expect(await socket.ask({ action: "obey", how: "answer" })).not.toMatchObject({ pid });
  });

  it("is killed at the function's timeout, and the failure says so", async () => {
    const socket = await open(gateway);
    await socket.ask({ action: "impatient", how: "loop" });
    expect(gateway.failures.at(-1)?.error.message).toBe("no answer in 1000 ms");
    const names = gateway.processes().map(({ functionName }) => functionName);
    expect(names).not.toContain("impatient");
  });

  it("has only the function's variables, and credentials of its role", async () => {
    const response = await fetch(`${gateway.httpUrl}/things/environment`);
    const { environment } = (await response.json()) as { environment: string[] };
    expect(environment).toContain("AWS_SESSION_TOKEN");
    expect(environment).not.toContain("HOME");
    expect(environment).not.toContain("VITEST");
  });
});

describe("processes that were just used", async () => {
  const gateway = await startFixture({ limits: { processes: 2, processRestMs: 3_600_000 } });

  it("are not replaced while invocations of another function wait", async () => {
    const [one, other] = [await open(gateway), await open(gateway)];
    await one.ask({ action: "echo" });
    await one.ask({ action: "obey", how: "answer" });
    const pids = () => gateway.processes().map(({ pid }) => pid);
    const before = pids();
    const asked = [1, 2, 3, 4, 5].flatMap(() => [one, other].map((s) => s.ask({ action: "echo" })));
    await Promise.all(asked);
    expect(pids().sort()).toEqual(before.sort());
  });

  it("make room for a function that has none", async () => {
    const socket = await open(gateway);
    expect(await socket.ask({ action: "manage", method: "GET" })).toBeDefined();
  });
});

describe("all processes together", async () => {
  const gateway = await startFixture({ limits: { processes: 2 } });

  it("are limited, and every invocation has its turn", async () => {
    const sockets = await Promise.all([1, 2, 3, 4].map(() => open(gateway)));
    const actions = ["echo", "obey", "manage", "other"];
    const answers = sockets.flatMap((socket) =>
      actions.map((action) => socket.ask({ action, how: "answer", method: "GET" })),
    );
    let most = 0;
    const count = setInterval(() => {
      most = Math.max(most, gateway.processes().length);
    }, 5);
    expect(await Promise.all(answers)).toHaveLength(16);
    clearInterval(count);
    expect(most).toBe(2);
    expect(gateway.failures).toEqual([]);
  });
});
