/**
 * The result of a demo in words: each promise with what tested it, then the violations. The last
 * line is the verdict.
 */
import type { Violation } from "../../../test/support/checker/history.ts";
import { promises } from "../../../test/support/checker/promises.ts";
import type { Exercise } from "./exercised.ts";

/** Not a promise: failures of the service itself. */
const health = 0;
const storiesMax = 20;

export interface Judged {
  violations: readonly Violation[];
  exercises: Readonly<Record<number, Exercise>>;
}

export interface Summary {
  lines: string[];
  /** 0 when every promise was tested and held. */
  exitCode: 0 | 1;
}

export function summaryOf({ violations, exercises }: Judged): Summary {
  const broken = new Set(violations.map(({ promise }) => promise));
  const all = Object.keys(promises).map(Number);
  const untried = all.filter((promise) => !exercises[promise]?.isExercised && !broken.has(promise));
  const stateOf = (promise: number) => {
    if (broken.has(promise)) return "BROKEN";
    return untried.includes(promise) ? "not exercised" : "held";
  };
  const isGood = broken.size === 0 && untried.length === 0;
  const names = (which: number[], what: string) =>
    which.length === 0 ? [] : [`${what}: ${which.join(", ")}`];
  const verdict = [
    ...names(
      all.filter((promise) => broken.has(promise)),
      "promises broken",
    ),
    ...names(untried, "promises not exercised"),
    ...(broken.has(health) ? ["the service failed by itself"] : []),
  ];
  return {
    exitCode: isGood ? 0 : 1,
    lines: [
      ...all.map((promise) =>
        [
          String(promise).padStart(2),
          promises[promise]?.padEnd(33),
          stateOf(promise).padEnd(14),
          exercises[promise]?.words,
        ].join(" "),
      ),
      ...violations
        .slice(0, storiesMax)
        .map(({ promise, story }) =>
          promise === health ? `by itself: ${story}` : `promise ${promise}: ${story}`,
        ),
      ...(violations.length > storiesMax ? [`and ${violations.length - storiesMax} more`] : []),
      isGood ? `${all.length} promises held` : verdict.join("; "),
    ],
  };
}
