/** The results of the simulation as tables. */
import { assumptions } from "../simulation/assumptions.ts";
import type { ScaleRun } from "../simulation/measureScale.ts";
import type { Balance, Report } from "../simulation/report.ts";
import { compact, figure, type Grid } from "./tables.ts";

/** Who came back when, and to where. */
export function backTable({ reports }: ScaleRun): Grid {
  return {
    head: [
      "what happens",
      "cut off",
      "half are back after, s",
      "99 %",
      "all",
      "moved needlessly",
      "fullest gateway",
      "emptiest",
    ],
    rows: reports.map((report) => [
      report.title,
      compact(report.back),
      figure(report.seconds.median),
      figure(report.seconds.p99),
      figure(report.seconds.last),
      compact(report.movedNeedlessly),
      change(report, "most"),
      change(report, "least"),
    ]),
  };
}

/** How hard they pressed in, and what let them. */
export function pressTable({ reports, scale }: ScaleRun): Grid {
  const quota = assumptions.connectsPerSecond * scale.quotaShare;
  return {
    head: [
      "what happens",
      `handshakes a second, busiest account (${compact(quota)} get in)`,
      "refused in all",
      "let in a second, by all",
      "`GET /gateway` a second",
      "refused in all",
    ],
    rows: reports.map(({ title, connects, asks }) => [
      title,
      compact(connects.offeredPeak),
      compact(connects.refused),
      compact(connects.acceptedPeak),
      compact(asks.offeredPeak),
      compact(asks.refused),
    ]),
  };
}

export function movesTable({ moves, scale }: ScaleRun): Grid {
  const rows = { "one is added": moves.added, "one is removed": moves.removed };
  return {
    head: [`of ${scale.gateways} gateways`, "have to move", "move", "`crc32(user) % n`"],
    rows: Object.entries(rows).map(([what, { least, ours, modulo }]) => [
      what,
      percent(least),
      percent(ours),
      percent(modulo),
    ]),
  };
}

/** Before, and after if that is different. */
function change({ before, after }: Report, which: keyof Balance): string {
  const [was, is] = [figure(before[which]), figure(after[which])];
  return was === is ? is : `${was} → ${is}`;
}

const percent = (share: number): string => `${figure(share * 100)} %`;
