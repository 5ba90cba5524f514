/** `npm start -- --gateway faithful`: greeted and ended as the other one is. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import {
  freePorts,
  killAll,
  type Running,
  runToEnd,
  startService,
  untilNothingListens,
} from "../local/processes.ts";

afterEach(killAll);

async function start(port: number, ...more: string[]): Promise<Running> {
  return startService({ args: ["--port", String(port), "--gateway", "faithful", ...more] });
}

/** With a function's process running. */
async function startAndAsk(port: number): Promise<{ service: Running; pids: number[] }> {
  const service = await start(port);
  expect((await fetch(`${service.httpUrl}/health`)).status).toBe(200);
  const pids = descendantsOf(service.pid);
  expect(pids.length).toBeGreaterThanOrEqual(2);
  return { service, pids };
}

it("prints the same greeting, and shows invocations when asked", async () => {
  const port = await freePorts();
  const service = await start(port, "--verbose");
  const [ready] = service.output().split("\n");
  expect(ready).toBe(`ready ws://localhost:${port + 1} http://localhost:${port}`);
  await fetch(`${service.httpUrl}/health`);
  while (!/^http \([\d.]+ ms\)$/m.test(service.output())) await delay(20);
});

it("ends all it started, files included, when told to", async () => {
  const port = await freePorts();
  const { service, pids } = await startAndAsk(port);
  const bundles = bundlesOf(pids);
  expect(bundles).toHaveLength(1);
  service.kill("SIGINT");
  expect(await service.exit).toMatchObject({ code: 0, errors: "" });
  await untilNothingListens(port);
  await untilEnded(pids);
  expect(bundles.filter(existsSync)).toEqual([]);
});

it("leaves no process behind on kill -9, neither of it nor of the gateway", async () => {
  for (const victimOf of [(service: Running) => service.pid, gatewayOf]) {
    const port = await freePorts();
    const { service, pids } = await startAndAsk(port);
    process.kill(victimOf(service), "SIGKILL");
    await service.exit;
    await untilNothingListens(port);
    await untilEnded(pids);
  }
});

it("says in one line that there is no such gateway", async () => {
  const { code, errors } = await runToEnd("start.ts", { args: ["--gateway", "other"] });
  expect(errors).toMatch(/^unable to start; --gateway takes .*"other"\n$/);
  expect(code).toBe(1);
});

const gatewayOf = (service: Running) => descendantsOf(service.pid)[0] ?? 0;

function ps(columns: string): string[][] {
  const lines = execFileSync("ps", ["-A", "-ww", "-o", columns], { encoding: "utf8" }).split("\n");
  return lines.map((line) => line.trim().split(/\s+/));
}

/** Parents before children. */
function descendantsOf(pid: number): number[] {
  const children = ps("pid=,ppid=").filter(([, parent]) => Number(parent) === pid);
  const direct = children.map(([child]) => Number(child));
  return [...direct, ...direct.flatMap(descendantsOf)];
}

/** The folders that processes have their code from. */
function bundlesOf(pids: number[]): string[] {
  const commands = ps("pid=,args=").filter(([pid]) => pids.includes(Number(pid)));
  const names = readdirSync(tmpdir()).filter((name) => name.startsWith("parley-gateway-"));
  return names
    .filter((name) => commands.some((words) => words.some((word) => word.includes(name))))
    .map((name) => `${tmpdir()}/${name}`);
}

/** Their processes may end a moment after them. */
async function untilEnded(pids: number[]): Promise<void> {
  while (ps("pid=").some(([pid]) => pids.includes(Number(pid)))) await delay(20);
}
