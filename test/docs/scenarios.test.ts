/**
 * docs/scenarios.md tells the stories that test/scenarios plays: the same ones, and no figure that
 * a story's test does not have.
 */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = `${root}test/scenarios/`;

/** The tests in a file, each by its title. */
function storiesIn(file: string): [title: string, source: string][] {
  const tests = file.split(/^it\("/m).slice(1);
  return tests.map((test) => {
    const [title = "", ...source] = test.split('"');
    return [title, source.join('"')];
  });
}

const stories = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".test.ts"))
    .flatMap((name) => storiesIn(readFileSync(folder + name, "utf8"))),
);
const sections = readFileSync(`${root}docs/scenarios.md`, "utf8")
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [heading = "", ...text] = section.split("\n");
    // No other word than a title's first is changed for being a heading.
    const title = heading.charAt(0).toLowerCase() + heading.slice(1);
    return { title, text: text.join("\n") };
  });

describe("docs/scenarios.md", () => {
  it("tells each scenario under the title of its test, and no other", () => {
    const titles = sections.map(({ title }) => title);
    expect(titles.toSorted()).toEqual([...stories.keys()].toSorted());
  });

  it.each(sections)("gives no figure that the test does not have: $title", ({ title, text }) => {
    const prose = text.replace(/(\[\d{4})?\]\([^)]*\)|\(promises? [\d, and]+\)/g, "");
    const figures = new Set(prose.match(/\d+/g));
    const inTest = new Set(stories.get(title)?.match(/\d+/g));
    expect([...figures].filter((figure) => !inTest.has(figure))).toEqual([]);
  });
});
