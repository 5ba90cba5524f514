/** The first command, on every version of Node that is supported and on some that are not. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { developmentToken } from "../../local/tokens.ts";
import { nodeBinaries } from "../support/nodeBinaries.ts";
import { freePorts, killAll, runToEnd, serverlessOffline, startService } from "./processes.ts";
import { openSocket } from "./socket.ts";

const fixture = fileURLToPath(new URL("fixture/", import.meta.url));

afterEach(killAll);

describe.each(nodeBinaries())("on Node $version", ({ path: node }) => {
  it.each([
    "offline",
    "faithful",
  ])("`npm start -- --gateway %s` starts and answers", async (gateway) => {
    const args = ["--port", String(await freePorts()), "--gateway", gateway];
    const service = await startService({ args, node });
    const socket = await openSocket(
      `${service.websocketUrl}?token=${await developmentToken("alice")}`,
    );
    const joined = JSON.parse(await socket.ask('{"action":"join","room":"general"}'));
    expect(joined).toMatchObject({ type: "joined", room: "general" });
    const send = '{"action":"send","room":"general","text":"hello"}';
    expect(JSON.parse(await socket.ask(send))).toMatchObject({ type: "ack", seq: 1 });
    expect(service.errors()).toBe("");
  });

  it("a handler is loaded once, and a crash is found in the line that was written", async () => {
    const env = { PARLEY_PORT: String(await freePorts()), SLS_LOG_LEVEL: "error" };
    const service = await serverlessOffline({ cwd: fixture, env, node });
    const socket = await openSocket(service.websocketUrl);
    for (const invocations of [2, 3]) {
      expect(JSON.parse(await socket.ask("hello"))).toMatchObject({ invocations });
    }
    await socket.ask("throw later");
    const lines = readFileSync(`${fixture}handlers.ts`, "utf8").split("\n");
    const thrownAt = lines.findIndex((line) => line.includes("after the answer")) + 1;
    await expect.poll(service.errors).toContain(`handlers.ts:${thrownAt}:`);
  });
});

it("package.json names the versions that a program of ours runs on", () => {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  expect(JSON.parse(manifest).engines.node).toBe("^20.19.0 || ^22.13.0 || >=24");
});

describe("on a version of Node that is not supported", () => {
  it.each([
    "18.20.8",
    "20.18.3",
    "21.7.3",
    "22.12.0",
    "23.11.1",
  ])("%s says so in one line", async (version) => {
    const pretended = `Object.defineProperty(process, "versions", {
      value: { ...process.versions, node: "${version}" },
    });`;
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(pretended)}` };
    const { code, output, errors } = await runToEnd("start.ts", { env });
    expect(errors).toMatch(/^unable to start; Parley needs Node 20\.19, 22\.13, 24 or newer.*\n$/);
    expect({ code, output }).toEqual({ code: 1, output: "" });
  });
});
