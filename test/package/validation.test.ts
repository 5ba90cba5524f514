/**
 * The template as CloudFormation gets it, read by three readers; and broken in one place at a time,
 * to see that each reader notices something that no other does (docs/decisions/0020).
 */
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { gatewaysFile } from "./furtherGateways.ts";
import { otherTables, restoredRooms } from "./joined.ts";
import { brokenPart, mutants, type Reader } from "./mutants.ts";
import { packageProject, packageTemplate, retains, type Settings } from "./packaged.ts";
import { pageSettings } from "./page.ts";
import { cfnLintProblems, hasCfnLint, ownProblems, validatorProblems } from "./problems.ts";

if (!hasCfnLint) console.error("\n  LEFT OUT: what cfn-lint alone notices, since there is none\n");

/** In the order of the files: `cases` as they are, then mutants of a part of the first. */
const found: Record<Reader, string[][]> = { validator: [], "cfn-lint": [], own: [] };
const cases = [
  "by itself",
  "as a further gateway",
  "on a restored table",
  "with signals",
  "with signals, as a further gateway",
  "with the chat page",
  "with access logs",
  "with tracing",
  "with a budget",
  "with retention",
  "with capacity and domains of its own",
  "with everything that can be switched on",
  "in the part that is broken below",
];

const capacity = {
  CONCURRENCY: { authorize: 10, http: 10, send: 500 },
  TABLES_KEY: "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
  TABLES_WARM_READS: 20_000,
  TABLES_WARM_WRITES: 10_000,
  TABLES_MOST_READS: 50_000,
  TABLES_MOST_WRITES: 20_000,
} as const;

const domains = {
  WEBSOCKET_DOMAIN: "ws.example.com",
  HTTP_DOMAIN: "http.example.com",
  DOMAIN_CERTIFICATE:
    "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
} as const;

const everything: Settings = {
  ...pageSettings,
  WEB_AUDIENCE: "https://chat.example",
  WEB_DOMAIN: "chat.example.com",
  WEB_CERTIFICATE:
    "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
  ...domains,
  GATEWAYS_FILE: gatewaysFile,
  SIGNALS: true,
  MESSAGE_REQUESTS: true,
  ACCESS_LOGS: "all",
  TRACING: true,
  BUDGET_USD: 100,
  RECOVERY_DAYS: 7,
  RETENTION: 30,
  ...capacity,
};

beforeAll(async () => {
  const packaged = await Promise.all([
    packageProject(),
    packageTemplate(otherTables),
    packageTemplate(restoredRooms),
    packageTemplate({ SIGNALS: true }),
    packageTemplate({ ...otherTables, SIGNALS: true }),
    packageTemplate(pageSettings),
    packageTemplate({ ACCESS_LOGS: "all" }),
    packageTemplate({ TRACING: true }),
    packageTemplate({ SIGNALS: true, BUDGET_USD: 100 }),
    packageProject(retains),
    packageTemplate({ ...capacity, ...domains }),
    packageTemplate(everything),
  ]);
  const templates = packaged.map(({ template }) => template);
  const part = brokenPart(packaged[0].template);
  templates.push(part);
  for (const { breaks } of mutants) {
    const mutant = structuredClone(part);
    breaks(mutant);
    templates.push(mutant);
  }
  const folder = await mkdtemp(join(tmpdir(), "parley-mutants-"));
  const files = templates.map((_, index) => join(folder, `${index}.json`));
  await Promise.all(
    files.map((file, index) => writeFile(file, JSON.stringify(templates[index], null, 1))),
  );
  found.validator = validatorProblems(files);
  found.own = templates.map(ownProblems);
  if (hasCfnLint) found["cfn-lint"] = await cfnLintProblems(files);
  // It only bounds a hang: half a minute of computing, for which a busy machine takes long.
}, 1_800_000);

const readers: Reader[] = hasCfnLint ? ["validator", "cfn-lint", "own"] : ["validator", "own"];

describe("the packaged template", () => {
  it.each(
    cases.map((name, index) => [name, index] as const),
  )("has nothing that a reader objects to, deployed %s", (_name, index) => {
    for (const reader of readers) expect(found[reader][index], reader).toEqual([]);
  });
});

describe("a broken template", () => {
  it.each(
    mutants.map(({ fault, noticedBy }, index) => [fault, noticedBy, index] as const),
  )("is noticed when %s", (_fault, noticedBy, index) => {
    const noticing = readers.filter((reader) => found[reader][cases.length + index]?.length);
    expect(noticing).toEqual(readers.filter((reader) => noticedBy.includes(reader)));
  });

  it("needs every reader: each notices something that no other does", () => {
    const alone = mutants.filter(({ noticedBy }) => noticedBy.length === 1);
    const needed = new Set(alone.flatMap(({ noticedBy }) => noticedBy));
    expect([...needed].sort()).toEqual(["cfn-lint", "own", "validator"]);
  });
});
