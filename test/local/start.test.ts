/** `npm start` as a person meets it: real processes, real ports, real signals. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { checkPortsAreFree } from "../../local/listeners.ts";
import { startSettings } from "../../local/startSettings.ts";
import {
  freePorts,
  isListening,
  killAll,
  type Running,
  runToEnd,
  startService,
  untilNothingListens,
  withoutTimersOf,
} from "./processes.ts";

/** How long the emulator gets to end after the first signal. */
const patienceMs = 5000;

afterEach(killAll);

const faithful = (port: number, ...more: string[]) =>
  startService({ args: ["--port", String(port), "--gateway", "faithful", ...more] });

/** The faithful gateway, with a function's process running. */
async function startAndAsk(port: number): Promise<{ service: Running; pids: number[] }> {
  const service = await faithful(port);
  expect((await fetch(`${service.httpUrl}/health`)).status).toBe(200);
  const pids = descendantsOf(service.pid);
  expect(pids.length).toBeGreaterThanOrEqual(2);
  return { service, pids };
}

describe("npm start", () => {
  it("greets, runs beside another copy, and ends on SIGTERM or kill -9", async () => {
    const [port, otherPort] = [await freePorts(), await freePorts()];
    const [service, other] = await Promise.all([
      startService({ args: ["--port", String(port)] }),
      faithful(otherPort, "--verbose"),
    ]);
    for (const [{ output, errors }, at] of [
      [service, port] as const,
      [other, otherPort] as const,
    ]) {
      const lines = output().split("\n");
      expect(lines[0]).toMatch(`Open http://localhost:${at + 4} and click Alice`);
      expect(lines[2]).toBe(`ready ws://localhost:${at + 1} http://localhost:${at}`);
      const wscat = new RegExp(`^ {2}npx wscat -c "ws://localhost:${at + 1}\\?token=[\\w.-]+"$`);
      expect(lines.filter((line) => wscat.test(line))).toHaveLength(2);
      const frames = lines.filter((line) => line.startsWith("  {")).map((line) => JSON.parse(line));
      // Alice's come first. Nobody is given a frame that goes to its own sender.
      expect(frames.flatMap(({ to }) => to ?? [])).toEqual(["bob", "alice"]);
      expect(output()).not.toContain("WARNING");
      expect(errors()).toBe("");
    }

    const before = service.output();
    for (const { httpUrl } of [service, other]) {
      expect((await fetch(`${httpUrl}/health`)).status).toBe(200);
    }
    await expect.poll(other.output).toMatch(/^http \([\d.]+ ms\)$/m);
    service.kill("SIGKILL");
    expect(await service.exit).toMatchObject({ signal: "SIGKILL", output: before, errors: "" });
    await untilNothingListens(port);
    expect(await isListening(otherPort)).toBe(true);
    other.kill("SIGTERM");
    expect(await other.exit).toMatchObject({ code: 0, errors: "" });
  });

  it("ends all it started on SIGINT", async () => {
    const port = await freePorts();
    const { service, pids } = await startAndAsk(port);
    service.kill("SIGINT");
    expect(await service.exit).toMatchObject({ code: 0, errors: "" });
    await checkPortsAreFree({ http: port, websocket: port + 1, lambda: port + 2 });
    await untilEnded(pids);
  });

  it("leaves no process behind after kill -9", async () => {
    const port = await freePorts();
    const { service, pids } = await startAndAsk(port);
    service.kill("SIGKILL");
    await service.exit;
    await untilEnded(pids);
    await untilNothingListens(port);
  });

  it("says in one line that its emulator was killed, and leaves no process behind", async () => {
    const port = await freePorts();
    const { service, pids } = await startAndAsk(port);
    process.kill(gatewayOf(service), "SIGKILL");
    const errors = "the emulator ended by itself (SIGKILL)\n";
    expect(await service.exit).toMatchObject({ code: 1, errors });
    await untilEnded(pids);
    await untilNothingListens(port);
  });

  it("kills an emulator that hangs at the second signal", async () => {
    const port = await freePorts();
    const service = await startService({
      args: ["--port", String(port), "--gateway", "faithful"],
      env: withoutTimersOf(patienceMs),
    });
    process.kill(gatewayOf(service), "SIGSTOP");
    // Again and again: two signals that arrive together count as one.
    const insistence = setInterval(() => service.kill("SIGINT"), 50);
    expect(await service.exit).toMatchObject({ code: 0 });
    clearInterval(insistence);
    await untilNothingListens(port);
  });
});

describe("npm start prints one line and exits with 1 when", () => {
  const refuses = async (line: RegExp, args: string[], env: NodeJS.ProcessEnv = {}) => {
    const { code, output, errors } = await runToEnd("start.ts", { args, env });
    expect(errors).toMatch(line);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
    expect({ code, output }).toEqual({ code: 1, output: "" });
  };

  it("an option is unknown", () => refuses(/'--prot'/, ["--prot", "4000"]));

  it("another copy uses the folder of the data", async () => {
    const data = ["--data", mkdtempSync(join(tmpdir(), "parley-"))];
    const first = await faithful(await freePorts(), ...data);
    const args = ["--port", String(await freePorts()), "--gateway", "faithful", ...data];
    await refuses(/another copy/, args);
    first.kill("SIGHUP");
    expect(await first.exit).toMatchObject({ code: 0, errors: "" });
  });

  it("packages are missing", () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-"));
    cpSync("local", join(folder, "local"), { recursive: true });
    const program = [join(folder, "local/run.mjs"), join(folder, "local/start.ts")];
    const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: "utf8" });
    const line = "unable to start; packages are missing: run `npm ci --include=dev` first\n";
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: line });
  });

  it("its version of Node is not supported", async () => {
    const unsupported = ["18.20.8", "20.18.3", "21.7.3", "22.12.0", "23.11.1"];
    const pretending = unsupported.map((version) => {
      const versions = `{ value: { ...process.versions, node: "${version}" } }`;
      const source = `Object.defineProperty(process, "versions", ${versions});`;
      return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(source)}` };
    });
    const line = /^unable to start; Parley needs Node 20\.19, 22\.13, 24 or newer.*\n$/;
    await Promise.all(pretending.map((env) => refuses(line, [], env)));
    expect(JSON.parse(readFileSync("package.json", "utf8")).engines.node).toBe(
      "^20.19.0 || ^22.13.0 || >=24",
    );
  });
});

describe("npm start refuses to start when", () => {
  afterEach(() => void vi.unstubAllEnvs());
  const start = (...args: string[]) => startSettings(args, process.env);
  const onFreePorts = async (...args: string[]) =>
    start("--port", String(await freePorts()), ...args);

  it.each([
    ["an argument is too many", ["4000"], /'4000'/],
    ["an option lacks its value", ["--port"], /--port/],
    ["a port is not a number", ["--port", "http"], /--port .*"http"/],
    ["a port is too high for its neighbours", ["--port", "65534"], /--port .*"65534"/],
    ["an endpoint is not a URL", ["--dynamodb", "remote"], /--dynamodb .*"remote"/],
    ["a folder has no name", ["--data", ""], /--data/],
    ["a host is a name", ["--host", "my-laptop"], /--host .*"my-laptop"/],
    ["a host is another machine", ["--host", "203.0.113.1"], /--host .*203\.0\.113\.1/],
    ["a reserved name is none", ["--reserved", "Official"], /--reserved takes names of rooms/],
    ["a gateway is unknown", ["--gateway", "other"], /--gateway takes .*"other"$/],
    [
      "the file of gateways is missing",
      ["--gateways", "nowhere.json"],
      /nowhere\.json; .* no such/,
    ],
    ["two options disagree", ["--dynamodb", "http://localhost:1", "--data", "x"], /--data/],
  ])("%s", (_, args, line) => expect(start(...args)).rejects.toThrow(line));

  it.each([
    0, 1, 2, 3,
  ])("another program listens on the port %i above the first", async (offset) => {
    const port = await freePorts();
    const server = createServer();
    onTestFinished(() => void server.close());
    await new Promise<void>((listening) => server.listen(port + offset, "127.0.0.1", listening));
    await expect(start("--port", String(port))).rejects.toThrow(`port ${port + offset} (`);
  });

  it("the home folder cannot be written", async () => {
    vi.stubEnv("HOME", "/dev/null");
    await expect(onFreePorts()).rejects.toThrow(/^unable to start; \/dev\/null.* set HOME/);
  });

  it("DynamoDB Local needs Java, and there is none", async () => {
    const bin = mkdtempSync(join(tmpdir(), "parley-"));
    symlinkSync(process.execPath, join(bin, "node"));
    vi.stubEnv("PATH", bin);
    await expect(onFreePorts("--dynamodb", "local")).rejects.toThrow(/Java 17/);
  });

  it("the folder named for DynamoDB Local does not hold it", async () => {
    vi.stubEnv("DYNAMODB_LOCAL_DIR", mkdtempSync(join(tmpdir(), "parley-")));
    await expect(onFreePorts("--dynamodb", "local")).rejects.toThrow(/no DynamoDBLocal\.jar/);
  });
});

it("npm start passes its options to the emulator as variables", async () => {
  const shell = { ...process.env, SLS_LOG_LEVEL: undefined };
  const settingsWith = async (...args: string[]) =>
    startSettings(["--port", String(await freePorts()), ...args], shell);
  const args = ["--gateway", "faithful", "--data", "d", "--host", "127.0.0.1", "--verbose"];
  expect(await settingsWith(...args)).toMatchObject({
    settings: { gateway: "faithful" },
    env: {
      PARLEY_GATEWAY: "faithful",
      PARLEY_DATA: "d",
      PARLEY_HOST: "127.0.0.1",
      PARLEY_VERBOSE: "1",
      SLS_LOG_LEVEL: "notice",
    },
  });
  expect(await settingsWith()).toMatchObject({ env: { SLS_LOG_LEVEL: "error" } });
  expect(await startSettings(["--help"], process.env)).toBeUndefined();
});

function ps(columns: string): string[][] {
  const lines = execFileSync("ps", ["-A", "-ww", "-o", columns], { encoding: "utf8" }).split("\n");
  return lines.map((line) => line.trim().split(/\s+/));
}

/** On Node 20 `npm start` has another child besides: what compiles its TypeScript. */
function gatewayOf({ pid }: Running): number {
  const isGateway = ([, parent, ...words]: string[]) =>
    Number(parent) === pid && words.includes("local/faithful.ts");
  const found = ps("pid=,ppid=,args=").find(isGateway);
  if (found === undefined) throw new Error("there is no gateway");
  return Number(found[0]);
}

function descendantsOf(pid: number): number[] {
  const children = ps("pid=,ppid=").filter(([, parent]) => Number(parent) === pid);
  const direct = children.map(([child]) => Number(child));
  return [...direct, ...direct.flatMap(descendantsOf)];
}

/** Their processes may end a moment after them. */
async function untilEnded(pids: number[]): Promise<void> {
  await expect.poll(() => pids.filter(isAlive)).toEqual([]);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
