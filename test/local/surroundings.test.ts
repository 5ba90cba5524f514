/** `npm start` among other things: what a shell exports, who starts it, and who reaches it. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { developmentToken } from "../../local/tokens.ts";
import { freePorts, killAll, startScript, startService, untilNothingListens } from "./processes.ts";
import { openSocket } from "./socket.ts";

afterEach(killAll);

describe("npm start", () => {
  const fips = "use_fips_endpoint = true";
  const dualStack = "use_dualstack_endpoint = true";
  const exported = { AWS_USE_FIPS_ENDPOINT: "true", AWS_PROFILE: "nobody" };
  it.each([
    ["offline", fips, {}],
    ["offline", dualStack, {}],
    ["offline", "", exported],
    ["faithful", `${fips}\n${dualStack}`, { ...exported, AWS_USE_DUALSTACK_ENDPOINT: "true" }],
  ])("heeds nothing that is said about AWS, with %s: %j %j", async (gateway, setting, shell) => {
    const home = mkdtempSync(join(tmpdir(), "parley-"));
    mkdirSync(join(home, ".aws"));
    writeFileSync(join(home, ".aws/config"), `[default]\n${setting}\n`);
    const files = { AWS_CONFIG_FILE: undefined, AWS_SHARED_CREDENTIALS_FILE: undefined };
    const args = ["--port", String(await freePorts()), "--gateway", gateway];
    const service = await startService({ args, env: { ...files, ...shell, HOME: home } });
    expect((await fetch(`${service.httpUrl}/health`)).status).toBe(200);
    expect(service.errors()).toBe("");
  });

  it.each(["offline", "faithful"])("answers on both loopbacks, with %s", async (gateway) => {
    const port = await freePorts();
    await startService({ args: ["--port", String(port), "--gateway", gateway] });
    for (const address of ["127.0.0.1", "[::1]"]) {
      expect((await fetch(`http://${address}:${port}/health`)).status).toBe(200);
      await greets(`ws://${address}:${port + 1}`);
    }
  });

  it.each(["offline", "faithful"])("lets others in at --host alone, with %s", async (gateway) => {
    const port = await freePorts();
    const host = "127.0.0.2"; // an address of its own, on this machine
    const args = ["--port", String(port), "--gateway", gateway, "--host", host];
    const service = await startService({ args });

    expect((await fetch(`http://${host}:${port}/health`)).status).toBe(200);
    await greets(`ws://${host}:${port + 1}`);
    for (const inner of [port + 2, port + 3]) {
      const refused = await fetch(`http://${host}:${inner}/`).catch(({ cause }) => cause.code);
      expect(refused).toBe("ECONNREFUSED");
    }
    expect(service.output()).toMatch(/^WARNING: it listens on 127\.0\.0\.2, too/m);
  });

  it("leaves nothing behind when npm is killed and its shell lives on", async () => {
    const port = await freePorts();
    const start = `${process.execPath} local/run.mjs local/start.ts --port ${port}; true`;
    // As npm does, but for the shell, which is given something to wait for.
    const npm = startScript(`
      const { spawn } = require("node:child_process");
      const env = { ...process.env, npm_lifecycle_event: "start" };
      spawn("sh", ["-c", ${JSON.stringify(start)}], { env, stdio: "inherit" });`);
    await expect.poll(npm.output, { timeout: 150_000 }).toMatch(/^ready /m);
    npm.child.kill("SIGKILL");
    await untilNothingListens(port);
  });
});

async function greets(websocketUrl: string): Promise<void> {
  const socket = await openSocket(`${websocketUrl}?token=${await developmentToken("alice")}`);
  expect(JSON.parse(await socket.ask('{"action":"ping"}'))).toMatchObject({ type: "pong" });
}
