/**
 * The generated docs are committed, so they can be wrong in two ways: out of step with the schemas,
 * and no valid AsyncAPI or OpenAPI at all.
 */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { clientReference } from "../../docs/generate/clientReference.ts";
import { outOfStep } from "../../docs/generate/files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** By generated file, something that is said in it. */
const generated = [
  ["docs/asyncapi.yaml", "maxProperties: 50"],
  ["docs/openapi.yaml", "maximum: 100"],
  ["client/protocol.ts", "protocol: 1;"],
  ["docs/client-reference.md", "a lower bound beyond 1,000"],
  ["docs/protocol.md", "| `rate_limited` | 429 |"],
  ["docs/capacity.md", "| frames in | $1 |"],
] as const;

describe("npm run docs -- --check", () => {
  it("finds every generated file in step with what it is generated from", async () => {
    expect((await outOfStep(root)).map(({ path }) => path)).toEqual([]);
  });

  it("says so by its exit code, and nothing else", () => {
    expect(runGenerate("--check")).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it.each(["--nonsense", "--check --check"])("refuses %s in one line", (options) => {
    const stderr = "unable to write the docs; the only option is --check\n";
    expect(runGenerate(...options.split(" "))).toEqual({ status: 1, stdout: "", stderr });
  });

  it.each(generated)("names %s when it says something else than %s", async (path, said) => {
    const copy = await copyOfDocs();
    const text = await readFile(join(copy, path), "utf8");
    expect(text).toContain(said);
    await writeFile(join(copy, path), text.replace(said, said.replace(/\d/, "7")));

    const [found, ...others] = await outOfStep(copy);
    expect(others).toEqual([]);
    expect(found).toEqual({ path, content: text });
  });

  it("refuses a protocol.md that lost the place of a table", async () => {
    const copy = await copyOfDocs();
    const path = join(copy, "docs/protocol.md");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("<!-- table: limits -->", ""));
    await expect(outOfStep(copy)).rejects.toThrow('has no place for "limits"');
  });
});

describe("docs/client-reference.md", () => {
  it.each([
    ["an export", "export interface Waiting {}", "Waiting"],
    ["a member of a class", "/** Waits. */\nexport class Waiting { wait(): void {} }", "wait"],
  ])("is not written while %s has no comment", (_what, text, name) => {
    const refused = `client/abort.ts: ${name} has no comment`;
    expect(() => clientReference({ "abort.ts": text })).toThrow(refused);
  });
});

describe("docs/asyncapi.yaml", () => {
  it("is valid AsyncAPI 3.0", async () => {
    const schema = createRequire(import.meta.url)("@asyncapi/specs/schemas/3.0.0.json");
    // The schema brings draft 7 along; formats are not what is in question here.
    const ajv = new Ajv({ strict: false, meta: false, validateFormats: false, logger: false });
    const isValid = ajv.compile(schema);
    isValid(await document("docs/asyncapi.yaml"));
    expect(isValid.errors ?? []).toEqual([]);
    expect(isValid({ asyncapi: "3.0.0" })).toBe(false);
  });
});

describe("docs/openapi.yaml", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const openApi = (await document("docs/openapi.yaml")) as object;
    expect(await validator.validate({ ...openApi })).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
    expect(await validator.validate({ ...openApi, paths: [] })).toMatchObject({ valid: false });
  });
});

describe.each(["docs/asyncapi.yaml", "docs/openapi.yaml"])("%s", (path) => {
  it("refers only to what is there", async () => {
    const whole = await document(path);
    for (const reference of referencesIn(whole)) {
      const keys = reference.slice(2).split("/").map(unescaped);
      const target = keys.reduce<unknown>((value, key) => Object(value)[key], whole);
      expect(target, reference).toBeDefined();
    }
  });
});

function runGenerate(...options: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["local/run.mjs", "docs/generate.ts", ...options],
    { cwd: root, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

async function copyOfDocs(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), "parley-docs-"));
  await cp(join(root, "docs"), join(copy, "docs"), { recursive: true });
  await cp(join(root, "client/protocol.ts"), join(copy, "client/protocol.ts"));
  return copy;
}

async function document(path: string): Promise<unknown> {
  return parse(await readFile(join(root, path), "utf8"));
}

function referencesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" ? [String(inner)] : referencesIn(inner),
  );
}

/** RFC 6901. */
function unescaped(key: string): string {
  return key.replace(/~1/g, "/").replace(/~0/g, "~");
}
