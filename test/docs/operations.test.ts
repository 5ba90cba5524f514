/** docs/operations.md has a runbook for each alarm, and names only what there is. */
import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { alarmNames } from "../../lib/signals/alarms.ts";
import { savedQueries } from "../../local/deploy/savedQueries.ts";

const page = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
const runbooks = page.split("\n## Runbooks\n")[1]?.split("\n## ")[0] ?? "";
const sections = new Map(
  runbooks
    .split("\n### ")
    .slice(1)
    .map((section) => [section.split("\n")[0] ?? "", section]),
);

it("has a runbook for each alarm, in the order of the table, and no other", () => {
  expect([...sections.keys()]).toEqual(alarmNames);
});

describe.each(alarmNames)("the runbook of %s", (name) => {
  it("says what users see, how to tell, and what to do in which order", () => {
    const parts =
      /\*\*Users see\.\*\* \S.+\n\n\*\*How to tell\.\*\* \S.+\n\n\*\*What to do\.\*\*\n\n1\. \S/s;
    expect(sections.get(name)).toMatch(parts);
  });
});

it("names only alarms that there are", () => {
  const words = page.match(/\b(?:[A-Z][a-z]+){2,}(?:Failing|Late|Slow|Stuck|Missed|Refused)\b/g);
  expect((words ?? []).filter((word) => !alarmNames.includes(word as never))).toEqual([]);
});

it("names only queries that are saved", () => {
  const saved = Object.values(savedQueries({ service: "s", functions: [] })).map(({ Properties }) =>
    String(Properties["Name"]).replace("s/", ""),
  );
  const named = [...runbooks.matchAll(/[Qq]uer(?:y|ies) `([^`]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !saved.includes(name ?? ""))).toEqual([]);
});
