/**
 * Tries a running service from outside: after a deployment, or beside `npm start`.
 *
 *     npm run smoke -- --stage prod
 *
 * It makes two rooms of its own, and can be run at any time. It ends with exit code 1 at the first
 * step that fails.
 */
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { SignJWT } from "jose";
import { isLoopbackUrl } from "../lib/protocol/loopback.ts";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { outputsOf } from "./deploy/checkDeployment.ts";
import { secretName } from "./operate/rotateSecret.ts";
import { type SmokeTarget, smokeSteps } from "./operate/smoke.ts";
import { ssmSecrets } from "./operate/ssmSecrets.ts";
import { stageOfProject } from "./stageOption.ts";
import { startError } from "./startError.ts";
import { developmentToken } from "./tokens.ts";

const operation = "smoke test";
const usage = `Usage: npm run smoke -- [options]

  --url URL            the HTTP API (default http://localhost:3000, as npm start has it)
  --stage STAGE        that of a deployed stage (stages/STAGE.yml), with the shell's AWS credentials
  --dry-run            only list the steps

Tokens: on this machine development ones. Those of a stage with AUTH_SECRET are signed with it.
Elsewhere SMOKE_TOKENS holds those of two users, separated by a comma, and the step with a large
room is left out.`;

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      url: { type: "string" },
      stage: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { url, stage } = values;
  if (url !== undefined && stage !== undefined) {
    throw startError("--url and --stage both say where; give one", operation);
  }
  if (url !== undefined && !URL.canParse(url)) throw startError(`--url is no URL`, operation);
  const { httpUrl, ...signing } =
    stage === undefined ? { httpUrl: url ?? "http://localhost:3000" } : await deployed(stage);
  const target = { httpUrl, ...tokensFor(httpUrl, signing) };
  for (const { name, run } of smokeSteps(target)) {
    if (values["dry-run"]) console.log(name);
    else console.log(`${name}: ${await run().catch((error) => fail(name, error))}`);
  }
  if (!target.hasManyUsers) console.error("large room: left out, since there are no tokens for it");
});

function fail(name: string, error: unknown): never {
  const { message, cause } = error as Error;
  const reason = cause instanceof Error ? `${message} (${cause.message})` : message;
  throw startError(`${name}: ${reason}`, operation);
}

interface Signing {
  secret?: string | undefined;
  audience?: string | undefined;
}

async function deployed(stage: string): Promise<Signing & { httpUrl: string }> {
  const { REGION: region, AUTH_SECRET, AUTH_AUDIENCE: audience } = stageOfProject(stage);
  const client = new CloudFormationClient({ region });
  const secrets = ssmSecrets({ region });
  try {
    const httpUrl = (await outputsOf(client, `parley-${stage}`))?.["HttpUrl"];
    if (httpUrl === undefined)
      throw startError(`there is no stage ${stage} in ${region}`, operation);
    if (AUTH_SECRET === undefined) return { httpUrl };
    const secret = (await secrets.find(secretName(stage)))?.value;
    return { httpUrl, secret, audience };
  } finally {
    client.destroy();
    secrets.close();
  }
}

type Tokens = Pick<SmokeTarget, "tokens" | "hasManyUsers">;

function tokensFor(httpUrl: string, { secret, audience }: Signing): Tokens {
  const userOf = (index: number) => `smoke-${index + 1}`;
  const forUsers = (sign: (user: string) => Promise<string>): Tokens => ({
    hasManyUsers: true,
    tokens: (users) => Promise.all(Array.from({ length: users }, (_, at) => sign(userOf(at)))),
  });
  if (isLoopbackUrl(httpUrl)) return forUsers((user) => developmentToken(user));
  if (secret) return forUsers((user) => signed(user, secret, audience));
  const given = process.env["SMOKE_TOKENS"]?.split(",").map((token) => token.trim()) ?? [];
  if (given.length !== 2) {
    throw startError("set SMOKE_TOKENS to the tokens of two users", operation);
  }
  return { hasManyUsers: false, tokens: async (users) => given.slice(0, users) };
}

function signed(user: string, secret: string, audience: string | undefined): Promise<string> {
  const token = new SignJWT({ name: "Smoke test" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime("15m");
  return (audience ? token.setAudience(audience) : token).sign(new TextEncoder().encode(secret));
}
