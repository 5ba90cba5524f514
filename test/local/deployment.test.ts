/**
 * A stage's file is refused before anything is packaged, and what functions would be told before
 * anything is deployed, if it could not work or would let anybody in.
 */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Stack } from "@aws-sdk/client-cloudformation";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { developmentSecret } from "../../lib/identity/developmentSecret.ts";
import { type Provider, refusalOfSettings } from "../../local/deploy/checkDeployment.ts";
import { guardedBy, rollbackOf } from "../../local/deploy/rollback.ts";
import {
  readStage,
  refusalOfRegion,
  settingNames,
  settingsIn,
  stageVariable,
} from "../../local/deploy/stageFile.ts";

const root = new URL("../..", import.meta.url);
const issuer = { AUTH_ISSUER: "https://issuer", AUTH_AUDIENCE: "parley" };
const domains = {
  ...issuer,
  WEBSOCKET_DOMAIN: "ws.example",
  HTTP_DOMAIN: "http.example",
  DOMAIN_CERTIFICATE: "arn:aws:acm:eu-west-1:123456789012:certificate/1234",
};
const file = (settings: object) => settingsIn(stringify({ REGION: "eu-west-1", ...settings }));

describe("the file of a stage", () => {
  it.each([
    ["an issuer and an audience", issuer],
    ["a secret in SSM", { AUTH_SECRET: "ssm" }],
    ["a secret and an audience", { AUTH_SECRET: "ssm", AUTH_AUDIENCE: "parley" }],
    ["reserved names", { ...issuer, RESERVED_ROOMS: "support, official-*" }],
    ["algorithms with blanks between them", { ...issuer, AUTH_ALGORITHMS: "RS256, ES256" }],
    ["switches and numbers", { ...issuer, SIGNALS: true, WEB: false, RECOVERY_DAYS: 7 }],
    ["a time to keep messages for", { ...issuer, RETENTION: 30 }],
    ["instances of some functions", { ...issuer, CONCURRENCY: { send: 500, http: 10 } }],
    ["names for both APIs", domains],
    ["rooms that say so themselves", { ...issuer, RETENTION: "rooms" }],
  ])("can have %s", (_case, settings) => {
    expect(file(settings)).toEqual({ REGION: "eu-west-1", ...settings });
  });

  it.each<[string, object, string]>([
    ["no way to verify tokens", {}, "set AUTH_ISSUER and AUTH_AUDIENCE, or AUTH_SECRET"],
    ["an issuer without an audience", { AUTH_ISSUER: "https://issuer" }, "needs AUTH_AUDIENCE"],
    ["an issuer and a secret", { ...issuer, AUTH_SECRET: "ssm" }, "are both set; choose one"],
    ["a secret", { AUTH_SECRET: developmentSecret }, "AUTH_SECRET must be ssm"],
    ["no region", { ...issuer, REGION: undefined }, "REGION is missing"],
    ["a region that is none", { ...issuer, REGION: "Ireland" }, "REGION is no region's name"],
    ["a name that there is not", { ...issuer, AUTH_ISUER: "x" }, "unknown field AUTH_ISUER"],
    ["text as a switch", { ...issuer, SIGNALS: "on" }, "SIGNALS must be true or false"],
    ["text as a number", { ...issuer, RECOVERY_DAYS: "7" }, "RECOVERY_DAYS must be a number"],
    ["too many days", { ...issuer, RECOVERY_DAYS: 36 }, "RECOVERY_DAYS must be from 1 to 35"],
    [
      "a function that there is not",
      { ...issuer, CONCURRENCY: { sent: 1 } },
      "sent in CONCURRENCY",
    ],
    ["a key's name", { ...issuer, TABLES_KEY: "alias/chat" }, "TABLES_KEY is no key's ARN"],
    ["too cold tables", { ...issuer, TABLES_WARM_READS: 9 }, "TABLES_WARM_READS must be from"],
    ["no day", { ...issuer, RETENTION: 0 }, "RETENTION must be"],
    ["a word for days", { ...issuer, RETENTION: "always" }, "RETENTION must be"],
    ["another client", { ...issuer, POSTING_CLIENT: "aws" }, "POSTING_CLIENT must be own or sdk"],
    ["a variable", { ...issuer, AUTH_USER_CLAIM: "$" + "{env:X}" }, "must not have $" + "{ in it"],
    ["two lines", { ...issuer, AUTH_USER_CLAIM: "a\nb" }, "AUTH_USER_CLAIM must be one line"],
    ["an issuer over HTTP", { ...issuer, AUTH_ISSUER: "http://issuer" }, "must be an https:// URL"],
    ["names that no room can have", { ...issuer, RESERVED_ROOMS: "Official*" }, "RESERVED_ROOMS"],
    ["an unknown algorithm", { ...issuer, AUTH_ALGORITHMS: "RS265" }, "AUTH_ALGORITHMS must be"],
    ["a rollback by no alarm", { ...issuer, ROLLBACK_MINUTES: 5 }, "needs SIGNALS: true"],
    ["a budget that notifies nobody", { ...issuer, BUDGET_USD: 9 }, "needs SIGNALS: true"],
    ["a domain without a certificate", { ...issuer, HTTP_DOMAIN: "a.example" }, "go together"],
    ["a certificate of another region", { ...domains, REGION: "eu-north-1" }, "in eu-north-1"],
    ["one name for both APIs", { ...domains, HTTP_DOMAIN: "ws.example" }, "must be two names"],
    ["an address as a name", { ...domains, HTTP_DOMAIN: "https://a.b" }, "HTTP_DOMAIN must be a"],
    ["half of a page", { ...issuer, WEB: true }, "WEB needs WEB_CLIENT_ID"],
  ])("is refused with %s", (_case, settings, reason) => {
    expect(() => file(settings)).toThrow(/^unable to use the settings; /);
    expect(() => file(settings)).toThrow(reason);
  });

  it("is refused when it is no YAML", () => {
    expect(() => settingsIn("REGION: [")).toThrow("it is no YAML: ");
  });

  it("is refused when it is not there, and says how to make it", () => {
    const folder = mkdtempSync(`${tmpdir()}/parley-stage-`);
    expect(() => readStage(folder, "prod")).toThrow(
      "unable to use the stage prod; it has no settings: copy stages/example.yml to " +
        "stages/prod.yml, and say there what is yours",
    );
  });

  it("says alone where the stage is", () => {
    const settings = file(issuer);
    expect(refusalOfRegion(settings, "prod", "eu-west-1")).toBeUndefined();
    expect(refusalOfRegion(settings, "prod", undefined)).toBeUndefined();
    expect(refusalOfRegion(settings, "prod", "us-east-1")).toBe(
      "unable to use the stage prod; it is in eu-west-1, not us-east-1: leave out --region",
    );
  });

  it("has an example that can be used, and a line of docs/deploy.md for each setting", () => {
    expect(readStage(root.pathname, "example")).toMatchObject({ AUTH_AUDIENCE: "parley" });
    const page = readFileSync(new URL("docs/deploy.md", root), "utf8");
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    const explained = rows.flatMap((row) => row.split("|")[1]?.match(/[A-Z_]{3,}/g) ?? []);
    expect(explained.sort()).toEqual([...settingNames].sort());
  });
});

describe("a variable of the stage", () => {
  const valueIn = (name: string, settings: object) => stageVariable(name, file(settings), "prod");
  it("is what the file says, a switch as functions read it, and null otherwise", () => {
    const settings = { ...issuer, MESSAGE_REQUESTS: true, SIGNALS: false, RECOVERY_DAYS: 7 };
    const names = ["AUTH_AUDIENCE", "MESSAGE_REQUESTS", "SIGNALS", "RECOVERY_DAYS", "WEB"];
    const values = names.map((name) => valueIn(name, settings));
    expect(values).toEqual(["parley", "on", "off", 7, null]);
    expect(() => valueIn("NOTHING", settings)).toThrow("there is no $" + "{stage:NOTHING}");
  });

  it("names the parameters of a secret, the previous of which need not be there", () => {
    const names = ["AUTH_SECRET", "AUTH_SECRET_PREVIOUS"];
    const path = "$" + "{ssm(raw):/parley/prod/auth-secret";
    expect(names.map((name) => valueIn(name, { AUTH_SECRET: "ssm" }))).toEqual([
      `${path}}`,
      `${path}-previous, ''}`,
    ]);
    expect(names.map((name) => valueIn(name, issuer))).toEqual([null, null]);
  });
});

describe("a deployment with ROLLBACK_MINUTES", () => {
  const Arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:parley-prod-Paging";
  const stack = (OutputKey: string) => ({
    ...{ StackName: "parley-prod", CreationTime: new Date(0), StackStatus: "CREATE_COMPLETE" },
    Outputs: [{ OutputKey, OutputValue: Arn }],
  });
  const none = { RollbackTriggers: [], MonitoringTimeInMinutes: 0 };

  it("is taken back when the alarm that pages goes off", () => {
    expect(guardedBy(stack("PagingAlarm") as Stack, 10)).toEqual({
      RollbackTriggers: [{ Arn, Type: "AWS::CloudWatch::CompositeAlarm" }],
      MonitoringTimeInMinutes: 10,
    });
  });

  it("is not guarded by an alarm that it makes itself", () => {
    expect(guardedBy(undefined, 10)).toEqual(none);
    expect(guardedBy(stack("HttpUrl") as Stack, 10)).toEqual(none);
  });

  it("has CloudFormation forget the alarm when it is switched off, or for once", async () => {
    const provider = {} as Provider; // It is not asked.
    const settings = file({ ...issuer, SIGNALS: true, ROLLBACK_MINUTES: 10 });
    expect(await rollbackOf(provider, file(issuer), false)).toEqual(none);
    expect(await rollbackOf(provider, settings, true)).toEqual(none);
  });
});

describe("what functions would be told", () => {
  it.each([
    ["an issuer with white space around it", { ...issuer, AUTH_ISSUER: " https://issuer/ \n" }],
    ["a secret of one's own", { AUTH_SECRET: "a secret that is long enough for HS256" }],
  ])("can be %s", (_case, env) => {
    expect(refusalOfSettings(env)).toBeUndefined();
  });

  it.each([
    ["nothing", {}],
    ["empty", { AUTH_ISSUER: "", AUTH_SECRET: "" }],
    ["the development secret", { AUTH_SECRET: developmentSecret }],
    ["the development secret, local or not", { AUTH_SECRET: developmentSecret, PARLEY_LOCAL: "1" }],
    ["the development secret with a blank", { AUTH_SECRET: `${developmentSecret} ` }],
    ["a short secret", { AUTH_SECRET: "short" }],
    ["a secret of blanks", { AUTH_SECRET: " ".repeat(32) }],
    ["a secret of one letter", { AUTH_SECRET: "x".repeat(32) }],
    ["an issuer on this machine", { ...issuer, AUTH_ISSUER: "http://localhost:8080" }],
  ])("cannot be %s", (_case, env) => {
    expect(refusalOfSettings(env)).toMatch(/^unable to deploy; /);
  });
});
