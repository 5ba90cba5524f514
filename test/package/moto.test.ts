/**
 * `serverless deploy`, `info` and `remove` against moto, which plays CloudFormation. moto ignores
 * the two APIs. refusals.ts has the other reasons to refuse a deployment.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deployedTables } from "../../local/deploy/checkDeployment.ts";
import { freePorts } from "../local/processes.ts";
import { copyService, type ServiceCopy, serverless } from "./packaged.ts";
import { withoutValidation } from "./validatorStub.ts";

const hasMoto = spawnSync("moto_server", ["--help"]).status === 0;
if (!hasMoto) console.error("\n  LEFT OUT: deployments, since there is no moto_server\n");

const run = promisify(execFile);
const secret = { AUTH_SECRET: "a secret that is long enough for HS256" };
const credentials = { accessKeyId: "id", secretAccessKey: "key" };

// It only bounds a hang: a command computes for six seconds, for which a busy machine takes long.
const timeout = 900_000;

describe.skipIf(!hasMoto)("a deployment, played by moto", { timeout }, () => {
  let moto: ChildProcess;
  let stub: Awaited<ReturnType<typeof withoutValidation>>;
  let copy: ServiceCopy;

  beforeAll(async () => {
    const port = await freePorts();
    moto = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
    stub = await withoutValidation(port);
    copy = await copyService(mkdtempSync(join(tmpdir(), "parley-deploy-")));
    await copy.empty();
    const page = `http://127.0.0.1:${port}/moto-api/`;
    await vi.waitFor(async () => expect((await fetch(page)).ok).toBe(true), { timeout });
  }, timeout);
  afterAll(() => {
    stub?.stop();
    moto?.kill();
  });

  /** What a command prints, and whether it did what it was asked. */
  async function osls(args: string, settings: Record<string, string> = {}) {
    const env = {
      PATH: process.env["PATH"],
      HOME: copy.folder,
      AWS_ENDPOINT_URL: stub.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...settings,
    };
    const running = run(process.execPath, [serverless, ...args.split(" ")], {
      cwd: copy.service,
      env,
    });
    const { code = 0, stdout, stderr } = await running.catch((error) => error);
    return { hasDone: code === 0, said: String(stdout + stderr) };
  }

  async function tables() {
    const client = new CloudFormationClient({
      endpoint: stub.endpoint,
      region: "us-east-1",
      credentials,
    });
    const found = await deployedTables(client, "parley-dev");
    client.destroy();
    return found;
  }

  it("is refused when its package has no settings for tokens, and creates nothing", async () => {
    const { hasDone, said } = await osls("deploy");
    expect(said).toContain("unable to deploy; ");
    expect(hasDone).toBe(false);
    expect(await tables()).toEqual({});
  });

  it("creates its tables", async () => {
    expect(await osls("deploy", secret)).toMatchObject({ hasDone: true });
    const { Rooms, Connections } = await tables();
    expect([Rooms?.isOwn, Connections?.isOwn]).toEqual([true, true]);
    const { said } = await osls("info", secret);
    expect(said).toContain("stack: parley-dev");
  });

  it("is removed", async () => {
    expect(await osls("remove", secret)).toMatchObject({ hasDone: true });
    expect(await tables()).toEqual({});
  });
});
