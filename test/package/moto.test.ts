/**
 * `serverless deploy`, `info`, `rollback` and `remove` against moto, which plays CloudFormation.
 * moto ignores the two APIs. refusals.ts has the other reasons to refuse a deployment.
 */
import { type ChildProcess, execFile, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudFormationClient, GetTemplateCommand } from "@aws-sdk/client-cloudformation";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deployedTables } from "../../local/deploy/checkDeployment.ts";
import { freePorts } from "../local/processes.ts";
import {
  copyService,
  oslsEnvironment,
  required,
  type ServiceCopy,
  serverless,
} from "./packaged.ts";
import { withoutValidation } from "./validatorStub.ts";

const hasMoto = spawnSync("moto_server", ["--help"]).status === 0;
if (!hasMoto) console.error("\n  LEFT OUT: deployments, since there is no moto_server\n");

const run = promisify(execFile);
const credentials = { accessKeyId: "id", secretAccessKey: "key" };

/** With every resource, because moto's updates look into those whose condition is false. */
const settings = { REGION: required.REGION, AUTH_SECRET: "ssm", RETENTION: "rooms" } as const;

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
  async function osls(args: string) {
    const env = {
      ...oslsEnvironment(copy.folder),
      AWS_ENDPOINT_URL: stub.endpoint,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    };
    const running = run(process.execPath, [serverless, ...args.split(" ")], {
      cwd: copy.service,
      env,
    });
    const { code = 0, stdout, stderr } = await running.catch((error) => error);
    return { hasDone: code === 0, said: String(stdout + stderr) };
  }

  const place = () => ({ endpoint: stub.endpoint, region: required.REGION, credentials });

  async function tables() {
    const client = new CloudFormationClient(place());
    const found = await deployedTables(client, "parley-dev");
    client.destroy();
    return found;
  }

  it("is refused without a file for its stage, in one sentence, and packages nothing", async () => {
    const { hasDone, said } = await osls("deploy");
    expect(said.match(/unable to use the stage dev; it has no settings: copy/g)).toHaveLength(1);
    expect(hasDone).toBe(false);
    expect(existsSync(join(copy.service, ".serverless"))).toBe(false);
    expect(await tables()).toEqual({});
  });

  it("is refused when it was packaged with other settings, and creates nothing", async () => {
    await copy.setStage("dev", { ...required, AUTH_AUDIENCE: "of before" });
    expect(await osls("package --package old")).toMatchObject({ hasDone: true });
    await copy.setStage("dev", required);
    const { hasDone, said } = await osls("deploy --package old");
    expect(said).toContain("unable to deploy; this was packaged before AUTH_AUDIENCE changed");
    expect(hasDone).toBe(false);
    expect(await tables()).toEqual({});
  });

  it("creates its tables, and tells functions the secret that SSM has", async () => {
    const secret = "{a secret that is long enough for HS256}";
    const ssm = new SSMClient(place());
    const parameter = { Name: "/parley/dev/auth-secret", Value: secret } as const;
    await ssm.send(new PutParameterCommand({ ...parameter, Type: "SecureString" }));
    ssm.destroy();
    await copy.setStage("dev", settings);
    expect(await osls("deploy")).toMatchObject({ hasDone: true });
    const { Rooms, Connections } = await tables();
    expect([Rooms?.isOwn, Connections?.isOwn]).toEqual([true, true]);
    const template = join(copy.service, ".serverless/cloudformation-template-update-stack.json");
    const { Resources, Metadata } = JSON.parse(readFileSync(template, "utf8"));
    const { Variables } = Resources.AuthorizeLambdaFunction.Properties.Environment;
    expect(Variables).toMatchObject({ AUTH_SECRET: secret, AUTH_SECRET_PREVIOUS: "" });
    expect(JSON.stringify(Metadata)).not.toContain(secret);
    expect((await osls("info")).said).toContain("stack: parley-dev");
  });

  it("is rolled back to the deployment before", async () => {
    const hasTracing = async () => {
      const client = new CloudFormationClient(place());
      const stack = new GetTemplateCommand({ StackName: "parley-dev" });
      const { TemplateBody = "" } = await client.send(stack);
      client.destroy();
      return TemplateBody.includes("xray:PutTraceSegments");
    };
    await copy.setStage("dev", { ...settings, TRACING: true });
    expect(await osls("deploy")).toMatchObject({ hasDone: true });
    expect(await hasTracing()).toBe(true);
    const { said } = await osls("rollback");
    const [first] = [...said.matchAll(/Timestamp: (\d+)/g)].map(([, at]) => Number(at)).sort();
    expect(await osls(`rollback --timestamp ${first}`)).toMatchObject({ hasDone: true });
    expect(await hasTracing()).toBe(false);
  });

  it("is removed", async () => {
    expect(await osls("remove")).toMatchObject({ hasDone: true });
    expect(await tables()).toEqual({});
  });
});
