/** Whether each patch still applies. `npm run mutants` tries what tests make of it. */
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { type Patch, projectFolder, reasonNotToApply } from "./patch.ts";
import { pieces } from "./pieces.ts";

const all: readonly Patch[] = Object.values(pieces).flat();

it("every patch applies to its file in one place", () => {
  expect(all.flatMap((patch) => reasonNotToApply(patch) ?? [])).toEqual([]);
});

it("every patch names tests that exist", () => {
  const without = all.filter(
    ({ tests }) => tests.length === 0 || !tests.every((path) => existsSync(projectFolder + path)),
  );
  expect(without.map(({ what }) => what)).toEqual([]);
});

it("every patch has a name of its own", () => {
  const names = all.map(({ what }) => what);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

it.each([
  ["nowhere", "no such text"],
  ["2 times", "twice"],
])("a patch whose text stands %s is reported in one line", (found, before) => {
  const patch = { what: "w", file: "f", before, after: "", tests: [] };
  expect(reasonNotToApply(patch, "twice, twice")).toMatch(new RegExp(`^w: .* ${found}: .*$`));
});
