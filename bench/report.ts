/** All benches, one after the other, each into its section of docs/performance.md. */
import { merged, type Outcome } from "./outcome.ts";
import { runIntoPage } from "./page.ts";

export const about = "all of them, into docs/performance.md";

export async function run(isQuick: boolean): Promise<Outcome> {
  return merged([
    await runIntoPage("size", await import("./size.ts"), isQuick),
    await runIntoPage("latency", await import("./latency.ts"), isQuick),
    await runIntoPage("trace", await import("./trace.ts"), isQuick),
    await runIntoPage("units", await import("./units.ts"), isQuick),
    await runIntoPage("tables", await import("./tables.ts"), isQuick),
    await runIntoPage("restore", await import("./restore.ts"), isQuick),
    await runIntoPage("sweep", await import("./sweep.ts"), isQuick),
    await runIntoPage("changes", await import("./changes.ts"), isQuick),
    await runIntoPage("storm", await import("./storm.ts"), isQuick),
    await runIntoPage("fanout", await import("./fanout.ts"), isQuick),
  ]);
}
