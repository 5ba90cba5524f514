/**
 * All benches, written into docs/performance.md between its two marks, so that no figure there was
 * ever typed.
 */
import { readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { machine, merged, type Outcome, toMarkdown } from "./outcome.ts";

const page = new URL("../docs/performance.md", import.meta.url);
const begin = "<!-- begin: npm run bench -- report -->";
const end = "<!-- end -->";

export const about = "all of them, into docs/performance.md";

export async function run(isQuick: boolean): Promise<Outcome> {
  const [before, rest] = (await readFile(page, "utf8")).split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error("the marks are not in the page");

  const load = (loadavg()[0] ?? 0).toFixed(1);
  const outcomes: Outcome[] = [];
  const sections: string[] = [];
  for (const bench of [
    () => import("./size.ts"),
    () => import("./latency.ts"),
    () => import("./trace.ts"),
    () => import("./units.ts"),
    () => import("./tables.ts"),
    () => import("./fanout.ts"),
  ]) {
    const outcome = await (await bench()).run(isQuick);
    outcomes.push(outcome);
    sections.push(toMarkdown(outcome));
  }
  const samples = isQuick ? " Small samples (`--quick`)." : "";
  const written = [
    begin,
    `On ${machine()}, load ${load} before it began.${samples}`,
    ...sections,
    end,
  ].join("\n\n");
  await writeFile(page, before + written + after);
  return merged(outcomes);
}
