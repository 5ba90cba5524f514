/**
 * Tries a running service from outside: after a deployment, or beside `npm start`.
 *
 *     npm run smoke -- --stage prod --region eu-central-1
 *
 * It makes two rooms of its own, and can be run at any time. It ends with exit code 1 at the first
 * step that fails.
 */
import { CloudFormationClient } from "@aws-sdk/client-cloudformation";
import { SignJWT } from "jose";
import { isLoopbackUrl } from "../lib/protocol/loopback.ts";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { outputsOf } from "./deploy/checkDeployment.ts";
import { type SmokeTarget, smokeSteps } from "./operate/smoke.ts";
import { startError } from "./startError.ts";
import { developmentToken } from "./tokens.ts";

const operation = "smoke test";
const usage = `Usage: npm run smoke -- [options]

  --url URL            the HTTP API (default http://localhost:3000, as npm start has it)
  --stage STAGE        that of a deployed stage, with the shell's AWS credentials and region
  --region REGION      where the stage is
  --dry-run            only list the steps

Tokens: on this machine development ones. Elsewhere AUTH_SECRET signs them; or SMOKE_TOKENS holds
those of two users, separated by a comma, and the step with a large room is left out.`;

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      url: { type: "string" },
      stage: { type: "string" },
      region: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { url, stage, region } = values;
  if (url !== undefined && stage !== undefined) {
    throw startError("--url and --stage both say where; give one", operation);
  }
  if (url !== undefined && !URL.canParse(url)) throw startError(`--url is no URL`, operation);
  const httpUrl =
    stage === undefined ? (url ?? "http://localhost:3000") : await urlOf(stage, region);
  const target = { httpUrl, ...tokensFor(httpUrl, process.env) };
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

async function urlOf(stage: string, region: string | undefined): Promise<string> {
  // Otherwise the SDK prints a notice about Node 20 on every run.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const client = new CloudFormationClient({ ...(region !== undefined && { region }) });
  try {
    const outputs = await outputsOf(client, `parley-${stage}`);
    const found = outputs?.["HttpUrl"];
    if (found === undefined) throw startError(`there is no stage ${stage} here`, operation);
    return found;
  } finally {
    client.destroy();
  }
}

type Tokens = Pick<SmokeTarget, "tokens" | "hasManyUsers">;

function tokensFor(httpUrl: string, env: NodeJS.ProcessEnv): Tokens {
  const userOf = (index: number) => `smoke-${index + 1}`;
  const forUsers = (sign: (user: string) => Promise<string>): Tokens => ({
    hasManyUsers: true,
    tokens: (users) => Promise.all(Array.from({ length: users }, (_, at) => sign(userOf(at)))),
  });
  if (isLoopbackUrl(httpUrl)) return forUsers((user) => developmentToken(user));
  const secret = env["AUTH_SECRET"];
  if (secret) return forUsers((user) => signed(user, secret, env["AUTH_AUDIENCE"]));
  const given = env["SMOKE_TOKENS"]?.split(",").map((token) => token.trim()) ?? [];
  if (given.length !== 2) {
    throw startError("set AUTH_SECRET, or SMOKE_TOKENS to the tokens of two users", operation);
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
