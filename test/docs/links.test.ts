/**
 * A link inside the repository leads somewhere: to a file that is there, and a heading in it. So
 * does the path of a file, but in decisions, which are not edited when files move.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = ["", "docs", "docs/decisions"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);

describe("a link", () => {
  it.each(pages)("leads somewhere in %s", (page) => {
    for (const link of linksIn(read(page))) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? page : join(dirname(page), path);
      expect(existsSync(join(root, target)), `${link}: the file`).toBe(true);
      if (anchor !== undefined) expect(anchorsIn(read(target)), link).toContain(anchor);
    }
  });
});

describe("a path", () => {
  it.each(
    pages.filter((page) => !page.startsWith("docs/decisions")),
  )("leads somewhere in %s", (page) => {
    const missing = pathsIn(read(page)).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });
});

function read(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

function linksIn(text: string): string[] {
  const links = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

/** Of files, from the root; the examples in CONTRIBUTING.md are none. */
function pathsIn(text: string): string[] {
  const folders = "lib|handlers|client|local|web|test|bench|capacity|docs|stages";
  const path = new RegExp(`^(?:${folders})/[\\w./-]+\\.\\w+$`);
  const codes = [...withoutCode(text).matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
  return codes.filter((code) => path.test(code) && !/star\.ts$|NNNN/.test(code));
}

/** Headings' anchors, as GitHub makes them. */
function anchorsIn(text: string): string[] {
  const headings = [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? "");
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, "")
      .replace(/ /g, "-"),
  );
}

/** Fenced blocks may hold anything that looks like a link or a heading. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "");
}
