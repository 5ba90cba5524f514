/** Every patch still applies, and says what it is: the run itself is `npm run mutants`. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Patch, patched, projectFolder } from "./patch.ts";
import { pieces, survivors } from "./pieces.ts";

const all: readonly Patch[] = Object.values(pieces).flat();
const byWhat = all.map((patch): [string, Patch] => [patch.what, patch]);

describe("a patch", () => {
  it.each(byWhat)("applies, and its tests are there: %s", (_what, patch) => {
    expect(patched(patch)).toContain(patch.after);
    expect(patch.tests.filter((path) => !existsSync(`${projectFolder}${path}`))).toEqual([]);
    expect(patch.tests).not.toEqual([]);
  });

  it("has a name of its own", () => {
    const names = all.map(({ what }) => what);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it.each(Object.keys(survivors))("is there to survive: %s", (what) => {
    expect(all.map((patch) => patch.what)).toContain(what);
  });

  it.each([
    ["nowhere", "no such text"],
    ["2 times", "twice"],
  ])("is refused where its text is %s", (found, before) => {
    const patch = { what: "w", file: "f", before, after: "", tests: [] };
    expect(() => patched(patch, "twice, twice")).toThrow(found);
  });
});
