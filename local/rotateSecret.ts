/**
 * Changes the secret that a stage's tokens are signed with, and refuses no token on the way:
 *
 *     npm run rotate-secret -- --stage prod
 *
 * Deploy behind it, and then let your servers sign with the new secret. When the last token of the
 * old one has expired, `--finish` drops that. Both can be run again where they were killed. No
 * secret is printed.
 */
import { randomBytes } from "node:crypto";
import { limits } from "../lib/protocol/limits.ts";
import { parseCommandLine, runCommand } from "./commandLine.ts";
import { finishRotation, previousName, rotateSecret, secretName } from "./operate/rotateSecret.ts";
import { ssmSecrets } from "./operate/ssmSecrets.ts";
import { stageOfProject } from "./stageOption.ts";
import { startError } from "./startError.ts";

const operation = "rotate the secret";
const longestLifeHours = limits.tokenLifetimeSeconds / 3_600;
const usage = `Usage: npm run rotate-secret -- --stage STAGE [options]

  --stage STAGE        one with AUTH_SECRET: ssm in stages/STAGE.yml; with the shell's AWS
                       credentials. The parameters are /parley/STAGE/auth-secret and, of the secret
                       before, /parley/STAGE/auth-secret-previous
  --finish             drop the secret of before, when its tokens have expired
  --token-hours N      how long your tokens live at most (default ${longestLifeHours})
  --dry-run            only say what would be done`;

const advice = {
  created: "deploy, and sign with it",
  rotated: "deploy, sign with the new secret then, and --finish when the old tokens have expired",
  finished: "deploy, and tokens of the secret of before are refused",
};

await runCommand(async () => {
  const { values } = parseCommandLine(operation, {
    options: {
      stage: { type: "string" },
      finish: { type: "boolean", default: false },
      "token-hours": { type: "string", default: String(longestLifeHours) },
      "dry-run": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return console.log(usage);
  const { stage, finish } = values;
  if (stage === undefined) throw startError("--stage names no stage", operation);
  if (!/^[A-Za-z0-9-]{1,32}$/.test(stage)) throw startError("--stage is no stage", operation);
  const hours = Number(values["token-hours"]);
  if (!Number.isInteger(hours) || hours < 1 || hours > longestLifeHours) {
    const range = `a whole number of hours up to ${longestLifeHours}`;
    throw startError(`--token-hours takes ${range}`, operation);
  }
  const { REGION: region, AUTH_SECRET } = stageOfProject(stage);
  if (AUTH_SECRET === undefined) throw startError("the stage takes an issuer's tokens", operation);
  const secrets = ssmSecrets({ region });
  try {
    const name = secretName(stage);
    const change = finish ? finishRotation : rotateSecret;
    const done = await change(secrets, {
      name,
      tokenLifeMs: hours * 3_600_000,
      nowMs: Date.now(),
      newSecret: () => randomBytes(48).toString("base64url"),
      isDryRun: values["dry-run"],
    });
    const changed = done === "finished" ? previousName(name) : name;
    console.log(`${values["dry-run"] ? "would be " : ""}${done}: ${changed}; ${advice[done]}`);
  } finally {
    secrets.close();
  }
});
