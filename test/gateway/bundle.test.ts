/** Functions are bundled once for each state of their sources, and never in place. */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { bundleFunctions } from "../../local/emulator/gateway/bundle.ts";

let folder: string;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const bundle = async (esbuild = {}) => {
  const functions = new Map([["hello", { module: "./hello" }]]);
  return (await bundleFunctions({ folder, functions, esbuild })).fileOf("hello");
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parley-"));
  write("package-lock.json", "{}");
  write("hello.ts", 'import { word } from "./word.ts";\nexport const handler = () => word;');
  write("word.ts", 'export const word: string = "hello";');
});

it("bundles once while nothing changes", async () => {
  const file = await bundle();
  writeFileSync(file, "// kept");
  expect(await bundle()).toBe(file);
  expect(readFileSync(file, "utf8")).toBe("// kept");
});

it.each([
  ["a source changes", () => write("word.ts", 'export const word = "bye";')],
  ["other packages are installed", () => write("package-lock.json", '{"packages":{}}')],
])("bundles again when %s, and leaves what a running service loads", async (_what, change) => {
  const before = await bundle();
  change();
  const after = await bundle();
  expect(after).not.toBe(before);
  expect([before, after].map(existsSync)).toEqual([true, true]);
});

it("bundles again with other options, and finds the former bundles again", async () => {
  const plain = await bundle();
  const minified = await bundle({ minify: true });
  expect(readFileSync(minified, "utf8")).not.toBe(readFileSync(plain, "utf8"));
  expect(await bundle()).toBe(plain);
});

it("keeps one of several bundles that are made at once", async () => {
  const files = await Promise.all([bundle(), bundle(), bundle()]);
  expect(new Set(files).size).toBe(1);
  expect(existsSync(files[0] as string)).toBe(true);
});
