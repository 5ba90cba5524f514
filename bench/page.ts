/**
 * docs/performance.md: each bench has a section of its own there, between two marks, so that no
 * figure was ever typed, and one bench can be run again without the others.
 */
import { readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { startError } from "../local/startError.ts";
import { type Bench, machine, type Outcome, toMarkdown } from "./outcome.ts";

const page = new URL("../docs/performance.md", import.meta.url);
const end = "<!-- end -->";

/** Run a bench and write what it finds into its section. */
export async function runIntoPage(name: string, bench: Bench, isQuick: boolean): Promise<Outcome> {
  await sectionOf(name); // before the bench, not after minutes of it
  const load = (loadavg()[0] ?? 0).toFixed(1);
  const outcome = await bench.run(isQuick);
  const samples = isQuick ? " Small samples (`--quick`)." : "";
  const about = `On ${machine()}, load ${load} before it began.${samples}`;
  const { begin, before, after } = await sectionOf(name);
  const written = [begin, about, toMarkdown(outcome), end].join("\n\n");
  await writeFile(page, before + written + after);
  return outcome;
}

async function sectionOf(name: string) {
  const begin = `<!-- begin: npm run bench -- ${name} -->`;
  const [before, rest] = (await readFile(page, "utf8")).split(begin);
  const [, ...after] = rest?.split(end) ?? [];
  if (before === undefined || after.length === 0)
    throw startError(`docs/performance.md has no section "${begin}"`, "run a bench");
  return { begin, before, after: after.join(end) };
}
