/**
 * What a run shows: while it lasts, a page that is redrawn on a terminal and a line every few
 * seconds elsewhere; in the end, a table of everything that was counted, and the violations in
 * words. The last line is for machines too.
 */
import type { Violation } from "../support/checker/history.ts";
import { promises } from "../support/checker/promises.ts";
import type { Counts } from "./counts.ts";
import type { LabReport, Phase, Progress } from "./lab.ts";

/** 8 and 11 are not for the lab to decide; 0 is what the service itself calls a defect. */
const { 8: _, 11: __, ...decided } = promises;
const judged = { 0: "the service stays well", ...decided };
const phases: Record<Phase, string> = {
  starting: "starting the service",
  faults: "things go wrong",
  calm: "nothing goes wrong any more: everybody catches up",
  checking: "checking",
  stopping: "stopping",
};

const redrawMs = 500;
const lineMs = 5_000;
const storiesMax = 20;

export function createView(seed: number) {
  let phase: Phase = "starting";
  let latest: Progress | undefined;
  let drawn = 0;
  const { stdout } = process;
  const draw = () => {
    if (stdout.isTTY) {
      const lines = pageOf(seed, phase, latest);
      stdout.write(`${drawn > 0 ? `\x1b[${drawn}A` : ""}\x1b[J${lines.join("\n")}\n`);
      drawn = lines.length;
    } else if (latest) console.log(lineOf(phase, latest));
  };
  const timer = setInterval(draw, stdout.isTTY ? redrawMs : lineMs);
  return {
    enter(next: Phase) {
      phase = next;
      if (stdout.isTTY) draw();
      else console.log(`seed ${seed}: ${phases[next]}`);
    },
    show(progress: Progress) {
      latest = progress;
    },
    end() {
      clearInterval(timer);
    },
  };
}

function pageOf(seed: number, phase: Phase, progress: Progress | undefined): string[] {
  const title = `seed ${seed}: ${phases[phase]}`;
  if (progress === undefined) return [title];
  const { contradictions } = progress;
  const state =
    contradictions === 0
      ? "so far nobody was told two things of one position; the rest is checked at the end"
      : `BROKEN: ${contradictions} positions were shown with two contents`;
  return [title, rateOf(progress), "", ...tableOf(progress.counts), "", `promises: ${state}`];
}

function lineOf(phase: Phase, progress: Progress): string {
  const { counts, contradictions } = progress;
  const pending = contradictions > 0 ? `, ${contradictions} CONTRADICTIONS` : "";
  const delivered = counts.of("traffic", "delivered");
  return `${phase}: ${rateOf(progress)}, delivered ${delivered}${pending}`;
}

function rateOf({ acked, faults, elapsedMs }: Progress): string {
  const seconds = elapsedMs / 1_000;
  const rate = (acked / Math.max(1, seconds)).toFixed(0);
  return `${seconds.toFixed(0)} s: acked ${acked} (${rate}/s), faults ${faults}`;
}

function tableOf(counts: Counts): string[] {
  return [...counts.all].map(([source, names]) => {
    const each = [...names].map(([name, count]) => `${name} ${count}`);
    return `  ${source.padEnd(10)} ${each.join(", ")}`;
  });
}

export function summaryOf(seed: number, report: LabReport): string[] {
  const { violations, acked, faults, history, counts } = report;
  const stories = violations.slice(0, storiesMax);
  const more = violations.length - stories.length;
  return [
    "",
    `seed ${seed}: ${rateOf(report)}, ${history.entries.length} entries of history`,
    ...tableOf(counts),
    "",
    ...Object.entries(judged).map(([promise, words]) => {
      const broken = violations.filter((each) => each.promise === Number(promise)).length;
      return `  ${promise} ${words.padEnd(30)} ${broken === 0 ? "held" : `BROKEN ${broken} times`}`;
    }),
    "",
    ...stories.map((each) => storyOf(each, history.times)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    `acked ${acked}, faults ${faults}, violations ${violations.length}`,
  ];
}

function storyOf({ promise, story, at }: Violation, times: readonly number[]): string {
  const time = times[at] === undefined ? "" : `, at ${(times[at] / 1_000).toFixed(1)} s`;
  return `  promise ${promise}${time}: ${story}`;
}
