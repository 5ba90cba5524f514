/** `npm start` as a person meets it: real processes, real ports, real signals. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkPortsAreFree } from "../../local/ports.ts";
import { developmentToken } from "../../local/tokens.ts";
import { hasJava } from "./java.ts";
import { freePorts, killAll, runToEnd, startService, untilNothingListens } from "./processes.ts";
import { openSocket } from "./socket.ts";

const databases = [
  { database: "dynalite", options: [] },
  ...(hasJava ? [{ database: "DynamoDB Local", options: ["--dynamodb", "local"] }] : []),
];

/** How long the emulator is given to end when it is told once. */
const patienceMs = 5000;

afterEach(killAll);

describe("npm start", () => {
  it("prints the ready line with its ports, then commands and frames to paste", async () => {
    const port = await freePorts();
    const service = await startService({ args: ["--port", String(port)] });

    const lines = service.output().split("\n");
    expect(lines[0]).toBe(`ready ws://localhost:${port + 1} http://localhost:${port}`);
    const wscat = new RegExp(`^ {2}npx wscat -c "ws://localhost:${port + 1}\\?token=[\\w.-]+"$`);
    expect(lines.filter((line) => wscat.test(line))).toHaveLength(2);
    const frames = lines.filter((line) => line.startsWith("  {")).map((line) => JSON.parse(line));
    // Alice's come first: nobody is given a frame that goes to its own sender.
    expect(frames.flatMap(({ to }) => to ?? [])).toEqual(["bob", "alice"]);
    expect(service.output()).not.toContain("WARNING");
    expect(service.errors()).toBe("");
  });

  it("is quiet about invocations unless asked", async () => {
    const args = ["--port", String(await freePorts())];
    for (const verbose of [[], ["--verbose"]]) {
      const service = await startService({ args: [...args, ...verbose] });
      const before = service.output() + service.errors();
      await fetch(`${service.httpUrl}/health`);
      service.kill("SIGINT");
      const { output, errors } = await service.exit;
      const said = (output + errors).slice(before.length);
      if (verbose.length > 0) expect(said).toContain("http");
      else expect(said).toBe("");
    }
  });

  it("runs beside other copies", async () => {
    const first = await startService({ args: ["--port", String(await freePorts())] });
    const second = await startService({ args: ["--port", String(await freePorts())] });

    for (const { httpUrl } of [first, second]) {
      expect((await fetch(`${httpUrl}/health`)).status).toBe(200);
    }
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("ends all it started on %s", async (signal) => {
    const port = await freePorts();
    const service = await startService({ args: ["--port", String(port)] });
    await openSocket(`${service.websocketUrl}?token=${await developmentToken("alice")}`);
    service.kill(signal);

    expect(await service.exit).toMatchObject({ code: 0, errors: "" });
    await checkPortsAreFree({ http: port, websocket: port + 1, lambda: port + 2 });
  });

  it.each(databases)("leaves nothing behind on kill -9, with $database", async ({ options }) => {
    const port = await freePorts();
    const service = await startService({ args: ["--port", String(port), ...options] });
    service.kill("SIGKILL");

    expect(await service.exit).toMatchObject({ signal: "SIGKILL" });
    await untilNothingListens(port);
  });

  it("does not wait for an emulator that hangs, once it is told again to end", async () => {
    const port = await freePorts();
    const service = await startService({ args: ["--port", String(port)] });
    process.kill(childOf(service.pid), "SIGSTOP");
    const startedMs = performance.now();
    // Again and again: two that come at once are one.
    const insistence = setInterval(() => service.kill("SIGINT"), 50);

    expect(await service.exit).toMatchObject({ code: 0 });
    clearInterval(insistence);
    expect(performance.now() - startedMs).toBeLessThan(patienceMs);
    await untilNothingListens(port);
  });

  it("says so in one line when the emulator ends by itself", async () => {
    const service = await startService({ args: ["--port", String(await freePorts())] });
    process.kill(childOf(service.pid), "SIGKILL");

    const errors = "the emulator ended by itself (SIGKILL)\n";
    expect(await service.exit).toMatchObject({ code: 1, errors });
  });
});

describe("npm start says in one line, and with an exit code, that", () => {
  const refuses = async (line: RegExp, args: string[], env: NodeJS.ProcessEnv = {}) => {
    const { code, output, errors } = await runToEnd("start.ts", { args, env });
    expect(errors).toMatch(line);
    expect(errors.trimEnd().split("\n")).toHaveLength(1);
    expect({ code, output }).toEqual({ code: 1, output: "" });
  };

  it.each([
    ["an option is unknown", ["--prot", "4000"], /'--prot'/],
    ["an argument is too many", ["4000"], /'4000'/],
    ["an option lacks its value", ["--port"], /--port/],
    ["a port is no number", ["--port", "http"], /--port .*"http"/],
    ["a port is too high for its neighbours", ["--port", "65534"], /--port .*"65534"/],
    ["an endpoint is no URL", ["--dynamodb", "remote"], /--dynamodb .*"remote"/],
    ["a folder has no name", ["--data", ""], /--data/],
    ["a host is a name", ["--host", "my-laptop"], /--host .*"my-laptop"/],
    ["a host is another machine", ["--host", "203.0.113.1"], /--host .*203\.0\.113\.1/],
    ["its gateways are not listed", ["--gateways", "nowhere.json"], /nowhere\.json; .* no such/],
    ["two options disagree", ["--dynamodb", "http://localhost:1", "--data", "x"], /--data/],
  ])("%s", async (_, args, line) => refuses(line, args));

  it.each([0, 1, 2, 3])("a port is in use (%i above the first)", async (offset) => {
    const port = await freePorts();
    await using _server = await listen(port + offset);
    await refuses(new RegExp(`port ${port + offset} .*in use`), ["--port", String(port)]);
  });

  it("nothing answers at the database's endpoint", async () => {
    const port = await freePorts();
    const endpoint = `http://127.0.0.1:${port + 3}`;
    await refuses(/nothing answers/, ["--port", String(port), "--dynamodb", endpoint]);
  });

  it("the data belong to another copy that is running", async () => {
    const data = mkdtempSync(join(tmpdir(), "parley-"));
    await startService({ args: ["--port", String(await freePorts()), "--data", data] });
    await refuses(/another copy/, ["--port", String(await freePorts()), "--data", data]);
  });

  it("the data cannot be kept there", async () => {
    const file = join(import.meta.dirname, "start.test.ts");
    await refuses(/start\.test\.ts/, ["--port", String(await freePorts()), "--data", file]);
  });

  it.runIf(existsSync("/proc"))("no folder can be made for the data", async () => {
    await refuses(/proc\/nope .*data/, [
      "--port",
      String(await freePorts()),
      "--data",
      "/proc/nope",
    ]);
  });

  it("the home folder cannot be written", async () => {
    const args = ["--port", String(await freePorts())];
    await refuses(/HOME/, args, { HOME: "/dev/null" });
  });

  it("packages are missing, and how they come", () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-"));
    cpSync("local", join(folder, "local"), { recursive: true });
    const program = [join(folder, "local/run.mjs"), join(folder, "local/start.ts")];
    const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: "utf8" });
    const line = "unable to start; packages are missing: run `npm ci --include=dev` first\n";
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: line });
  });

  it("DynamoDB Local needs a Java that is not there", async () => {
    const bin = mkdtempSync(join(tmpdir(), "parley-"));
    symlinkSync(process.execPath, join(bin, "node"));
    const args = ["--port", String(await freePorts()), "--dynamodb", "local"];
    await refuses(/Java 17/, args, { PATH: bin });
  });

  it("the folder named for DynamoDB Local does not hold it", async () => {
    const empty = mkdtempSync(join(tmpdir(), "parley-"));
    const args = ["--port", String(await freePorts()), "--dynamodb", "local"];
    await refuses(/no DynamoDBLocal\.jar/, args, { DYNAMODB_LOCAL_DIR: empty });
  });
});

function childOf(pid: number): number {
  const onLinux = `/proc/${pid}/task/${pid}/children`;
  const child = existsSync(onLinux)
    ? readFileSync(onLinux)
    : execFileSync("pgrep", ["-P", String(pid)]);
  return Number(child.toString().trim());
}

async function listen(port: number): Promise<AsyncDisposable> {
  const server: Server = createServer();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return {
    [Symbol.asyncDispose]: () => new Promise((closed) => void server.close(() => closed())),
  };
}
