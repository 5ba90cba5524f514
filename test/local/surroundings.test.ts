/** `npm start` among other things: what a shell exports, who starts it, and who reaches it. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { developmentToken } from "../../local/tokens.ts";
import { freePorts, killAll, startScript, startService, untilNothingListens } from "./processes.ts";
import { openSocket } from "./socket.ts";

afterAll(killAll);

describe("npm start", () => {
  // One start of each gateway, with everything in its surroundings that could disturb it.
  it.each([
    "offline",
    "faithful",
  ])("ignores AWS settings, and listens on loopback and --host, with %s", async (gateway) => {
    const home = mkdtempSync(join(tmpdir(), "parley-"));
    mkdirSync(join(home, ".aws"));
    const refused = "use_fips_endpoint = true\nuse_dualstack_endpoint = true";
    writeFileSync(
      join(home, ".aws/config"),
      `[default]\n${refused}\n[profile nobody]\n${refused}\n`,
    );
    const env = {
      ...{ AWS_CONFIG_FILE: undefined, AWS_SHARED_CREDENTIALS_FILE: undefined, HOME: home },
      ...{ AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" },
      AWS_PROFILE: "nobody",
    };
    const port = await freePorts();
    const host = "127.0.0.2"; // another address of this machine
    const args = ["--port", String(port), "--gateway", gateway, "--host", host];
    const service = await startService({ args, env });

    for (const address of ["127.0.0.1", "[::1]", host]) {
      expect((await fetch(`http://${address}:${port}/health`)).status).toBe(200);
      await greets(`ws://${address}:${port + 1}`);
    }
    for (const inner of [port + 2, port + 3]) {
      const error = await fetch(`http://${host}:${inner}/`).catch(({ cause }) => cause.code);
      expect(error).toBe("ECONNREFUSED");
    }
    expect(service.output()).toMatch(/^WARNING: it also listens on 127\.0\.0\.2\.$/m);
    expect(service.errors()).toBe("");
  });

  it("leaves nothing behind when npm is killed and its shell lives on", async () => {
    const port = await freePorts();
    const program = `local/run.mjs local/start.ts --port ${port} --gateway faithful`;
    // As npm does, except that its shell has something to wait for.
    const npm = startScript(`
      const { spawn } = require("node:child_process");
      const env = { ...process.env, npm_lifecycle_event: "start" };
      const command = ${JSON.stringify(`${process.execPath} ${program}; true`)};
      spawn("sh", ["-c", command], { env, stdio: "inherit" });`);
    await expect.poll(npm.output).toMatch(/^ready /m);
    npm.child.kill("SIGKILL");
    await untilNothingListens(port);
  });
});

async function greets(websocketUrl: string): Promise<void> {
  const socket = await openSocket(`${websocketUrl}?token=${await developmentToken("alice")}`);
  expect(JSON.parse(await socket.ask('{"action":"ping"}'))).toMatchObject({ type: "pong" });
}
