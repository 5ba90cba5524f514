/** `npm start` as a person meets it: real processes, real ports, real signals. */
import { mkdtempSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { freePorts, killAll, runToEnd, startService, untilNothingListens } from "./processes.ts";

afterEach(killAll);

describe("npm start", { timeout: 60_000 }, () => {
  it("prints the ready line with its ports, then commands and frames to paste", async () => {
    const port = await freePorts();
    const service = await startService({ args: ["--port", String(port)] });

    const lines = service.output().split("\n");
    expect(lines[0]).toBe(`ready ws://localhost:${port + 1} http://localhost:${port}`);
    const wscat = new RegExp(`^ {2}npx wscat -c "ws://localhost:${port + 1}\\?token=[\\w.-]+"$`);
    expect(lines.filter((line) => wscat.test(line))).toHaveLength(2);
    const frames = lines.filter((line) => line.startsWith("  {")).map((line) => JSON.parse(line));
    expect(frames).toContainEqual({ action: "send", to: "bob", text: "hi" });
    expect(service.errors()).toBe("");
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
    service.kill(signal);

    expect(await service.exit).toMatchObject({ code: 0, errors: "" });
    await untilNothingListens(port);
  });

  it("leaves nothing behind when it is killed with no chance to say so", async () => {
    const port = await freePorts();
    const service = await startService({ args: ["--port", String(port)] });
    service.kill("SIGKILL");

    expect(await service.exit).toMatchObject({ signal: "SIGKILL" });
    await untilNothingListens(port);
  });
});

describe("npm start says in one line, and with an exit code, that", { timeout: 60_000 }, () => {
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

async function listen(port: number): Promise<AsyncDisposable> {
  const server: Server = createServer();
  await new Promise<void>((listening) => server.listen(port, "127.0.0.1", listening));
  return {
    [Symbol.asyncDispose]: () => new Promise((closed) => void server.close(() => closed())),
  };
}
