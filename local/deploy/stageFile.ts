/**
 * The settings of a stage, out of `stages/<stage>.yml`. Nothing else sets what a deployment is: not
 * the shell, which somebody has to remember, nor an option. serverless.yml reads a setting as
 * `${stage:NAME}`. A setting that functions read has the name of their variable. Everything that
 * can be wrong with a file is found here, before anything is packaged.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse as parseYaml } from "yaml";
import * as z from "zod/mini";
import { parseTokenSettings } from "../../lib/identity/tokenSettings.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { parseMessageRequests } from "../../lib/protocol/messageRequests.ts";
import { parse } from "../../lib/protocol/parse.ts";
import { parseReservedNames } from "../../lib/protocol/reservedNames.ts";
import { previousName, secretName } from "../operate/rotateSecret.ts";
import { startError } from "../startError.ts";
import { assertDomains, socketUrl } from "./domains.ts";
import { parsePageSettings } from "./pageSettings.ts";

const text = z.string().check(
  z.regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, "must be one line of ASCII, and not empty"),
  // osls would put something in its place, such as a variable of the shell.
  z.refine((value) => !value.includes("$" + "{"), "must not have $" + "{ in it"),
);
const region = z.string().check(z.regex(/^[a-z]{2,}(-[a-z]+)+-\d$/, "is no region's name"));
const table = z.string().check(z.regex(/^[\w.-]{3,255}$/, "is no table's name"));
const whole = (least: number, most: number) =>
  z.int().check(z.refine((n) => n >= least && n <= most, `must be from ${least} to ${most}`));

const dayMs = 24 * 60 * 60_000;
const days = whole(limits.retentionMsLeast / dayMs, limits.retentionMs / dayMs);

/** AWS's own bounds. */
const recoveryDaysMax = 35;
const rollbackMinutesMax = 180;
const budgetUsdMax = 1_000_000;
const concurrencyMax = 100_000;
/** Units a second. It only finds a slip of the finger: AWS has a quota of its own. */
const throughputMax = 10_000_000;
/** What AWS gives every new table. */
const warmLeast = { reads: 12_000, writes: 4_000 };

const most = z.optional(whole(1, concurrencyMax));
/** By function. */
const concurrencyOf = {
  authorize: most,
  connect: most,
  disconnect: most,
  send: most,
  default: most,
  http: most,
  fanOut: most,
  announce: most,
  deliver: most,
  sweep: most,
};

/** docs/deploy.md says what each means. */
const form = z.strictObject({
  REGION: region,
  AUTH_ISSUER: z.optional(text),
  AUTH_AUDIENCE: z.optional(text),
  AUTH_JWKS_URL: z.optional(text),
  AUTH_ALGORITHMS: z.optional(text),
  AUTH_USER_CLAIM: z.optional(text),
  AUTH_SCOPE_CLAIM: z.optional(text),
  /** The secret itself is never in a file. */
  AUTH_SECRET: z.optional(z.literal("ssm", "must be ssm: the secret itself is kept there")),
  RESERVED_ROOMS: z.optional(text),
  MESSAGE_REQUESTS: z.optional(z.boolean()),
  RETENTION: z.optional(z.union([z.literal("rooms"), days], "must be rooms, or a number of days")),
  WEBSOCKET_DOMAIN: z.optional(text),
  HTTP_DOMAIN: z.optional(text),
  DOMAIN_CERTIFICATE: z.optional(text),
  CONNECTIONS_TABLE: z.optional(table),
  ROOMS_TABLE: z.optional(table),
  TABLES_REGION: z.optional(region),
  ROOMS_STREAM_ARN: z.optional(text.check(z.startsWith("arn:", "is no ARN"))),
  GATEWAYS_FILE: z.optional(text),
  POSTING_CLIENT: z.optional(z.enum(["own", "sdk"], "must be own or sdk")),
  SIGNALS: z.optional(z.boolean()),
  WEB: z.optional(z.boolean()),
  WEB_CLIENT_ID: z.optional(text),
  WEB_SCOPE: z.optional(text),
  WEB_AUDIENCE: z.optional(text),
  WEB_TOKEN_ORIGIN: z.optional(text),
  WEB_DOMAIN: z.optional(text),
  WEB_CERTIFICATE: z.optional(text),
  BUDGET_USD: z.optional(whole(1, budgetUsdMax)),
  ACCESS_LOGS: z.optional(z.enum(["http", "all"], "must be http or all")),
  TRACING: z.optional(z.boolean()),
  ROLLBACK_MINUTES: z.optional(whole(0, rollbackMinutesMax)),
  RECOVERY_DAYS: z.optional(whole(1, recoveryDaysMax)),
  CONCURRENCY: z.optional(z.strictObject(concurrencyOf)),
  TABLES_KEY: z.optional(z.string().check(z.regex(/^arn:[\w-]+:kms:\S+$/, "is no key's ARN"))),
  TABLES_WARM_READS: z.optional(whole(warmLeast.reads, throughputMax)),
  TABLES_WARM_WRITES: z.optional(whole(warmLeast.writes, throughputMax)),
  TABLES_MOST_READS: z.optional(whole(1, throughputMax)),
  TABLES_MOST_WRITES: z.optional(whole(1, throughputMax)),
});

export type StageSettings = z.output<typeof form>;

/** Every setting that there is. */
export const settingNames = Object.keys(form.shape) as (keyof StageSettings)[];

/** `folder` is that of serverless.yml. @throws StartError that names the file and the setting */
export function readStage(folder: string, stage: string): StageSettings {
  const file = `stages/${stage}.yml`;
  return settingsIn(sourceOf(folder, stage), `use ${file}`);
}

function sourceOf(folder: string, stage: string): string {
  try {
    return readFileSync(join(folder, "stages", `${stage}.yml`), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const cure = `copy stages/example.yml to stages/${stage}.yml, and say there what is yours`;
    throw startError(`it has no settings: ${cure}`, `use the stage ${stage}`);
  }
}

/** The settings in the text of a file. @throws StartError */
export function settingsIn(source: string, operation = "use the settings"): StageSettings {
  const parsed = parse(form, contentOf(source, operation));
  if (!parsed.ok) throw startError(parsed.reason, operation);
  const settings = parsed.value;
  try {
    assertTokens(environmentOf(settings));
    parsePageSettings(settings);
    assertDomains(settings);
    assertAlarms(settings);
  } catch (error) {
    if (error instanceof TypeError) throw startError(error.message, operation);
    throw error;
  }
  return settings;
}

function contentOf(source: string, operation: string): unknown {
  try {
    return parseYaml(source) ?? {};
  } catch (error) {
    const [line] = (error as Error).message.split("\n");
    throw startError(`it is no YAML: ${line}`, operation);
  }
}

function assertAlarms(settings: StageSettings): void {
  if (settings.SIGNALS) return;
  const needsThem = ["ROLLBACK_MINUTES", "BUDGET_USD"] as const;
  const idle = needsThem.find((name) => settings[name] !== undefined);
  if (idle !== undefined) throw new TypeError(`${idle} needs SIGNALS: true, which notifies`);
}

/**
 * Without a way to verify tokens a deployment would succeed and then refuse everybody; with the
 * development secret it would let everybody in. @throws TypeError
 */
export function assertTokens(env: Readonly<Record<string, string | undefined>>): void {
  // The shell may say PARLEY_LOCAL. A deployment is never local.
  parseTokenSettings({ ...env, PARLEY_LOCAL: undefined });
  parseReservedNames(env["RESERVED_ROOMS"]);
  parseMessageRequests(env["MESSAGE_REQUESTS"] || undefined);
}

/** As functions read it, with a stand-in for the secret. */
function environmentOf({ AUTH_SECRET, ...settings }: StageSettings) {
  const entries = Object.entries(settings).flatMap(([name, value]) =>
    typeof value === "object" ? [] : [[name, String(written(value))]],
  );
  return {
    ...Object.fromEntries(entries),
    ...(AUTH_SECRET && { AUTH_SECRET: standIn }),
  };
}

const standIn = Array.from({ length: limits.secretCharactersMin }, (_, at) => at).join("");

/**
 * The value of `${stage:NAME}`, for osls; null where the file says nothing, so that serverless.yml
 * says what holds then. Secrets are named by their parameters, which osls fetches.
 */
export function stageVariable(
  name: string,
  settings: Partial<StageSettings>,
  stage: string,
): string | number | null {
  if (name === "AUTH_SECRET" || name === "AUTH_SECRET_PREVIOUS") {
    const current = secretName(stage);
    const parameter = name === "AUTH_SECRET" ? current : `${previousName(current)}, ''`;
    return settings.AUTH_SECRET ? `\${ssm(raw):${parameter}}` : null;
  }
  // What clients connect to; serverless.yml knows the endpoint that AWS gives.
  if (name === "WEBSOCKET_URL") return socketUrl(settings) ?? null;
  const known = settingNames.find((each) => each === name);
  if (known === undefined) throw startError(`there is no \${stage:${name}}`, "package");
  const value = settings[known];
  // What has parts is written into the template by local/deploy/capacity.ts.
  return typeof value === "object" ? null : (written(value) ?? null);
}

/** A switch as functions read one. */
function written(value: string | number | boolean | undefined): string | number | undefined {
  return typeof value === "boolean" ? (value ? "on" : "off") : value;
}

/** The reason not to go on with an option that says another region; undefined if none does. */
export function refusalOfRegion(
  { REGION }: StageSettings,
  stage: string,
  option: string | undefined,
): string | undefined {
  if (option === undefined || option === REGION) return undefined;
  return `unable to use the stage ${stage}; it is in ${REGION}, not ${option}: leave out --region`;
}

/** The reason why a package does not fit its stage's file; undefined if it does. */
export function refusalOfOldPackage(
  packaged: Record<string, unknown>,
  settings: StageSettings,
): string | undefined {
  const differing = settingNames.filter(
    (name) => !isDeepStrictEqual(packaged[name], settings[name]),
  );
  if (differing.length === 0) return undefined;
  const names = differing.join(", ");
  return `unable to deploy; this was packaged before ${names} changed: package it again`;
}
