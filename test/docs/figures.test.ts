/** The figures that are quoted are those of the page that computes them. */
import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

it.each(["README.md", "docs/deploy.md"])("%s quotes the bill that was computed", async (path) => {
  const [, bill] = /^\| 1K \|.*?\| \$([\d.]+) \|/m.exec(await read("docs/capacity.md")) ?? [];
  const [, quoted] = /\$(\d+) a\s+month\s+for\s+a\s+thousand/.exec(await read(path)) ?? [];
  expect(bill).toMatch(/^\d/);
  expect(Number(quoted)).toBe(Math.round(Number(bill)));
});
