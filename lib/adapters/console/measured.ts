/**
 * What an invocation measures: one more line of its log, in CloudWatch's embedded metric format.
 * Bundles of a deployment that is not to measure itself hold nothing of this.
 */
import type { Measure, Report } from "../../ports.ts";
import { type Invocation, measuredNow } from "./invocation.ts";
import { lineOf } from "./report.ts";

/** As many values as CloudWatch takes of one metric in a line. */
const valuesMax = 100;

/** Add to a count, or keep one more duration. */
export const measure: Measure = (name, value) => {
  const measured = measuredNow();
  if (measured === undefined) return;
  const before = measured.get(name) ?? (name.endsWith("Ms") ? [] : 0);
  if (typeof before === "number") measured.set(name, before + value);
  else measured.set(name, [...before, value].slice(0, valuesMax));
};

/** Tells the operator, and counts how often. */
export function counted(tell: Report): Report {
  return (what, details) => {
    tell(what, details);
    measure(what, 1);
  };
}

/** Counts have no unit, which saves bytes that are paid for. */
export function measuredLine({ about, measured = new Map() }: Invocation, Timestamp: number) {
  const { function: name = "" } = about;
  const Metrics = [...measured.keys()].map((Name) =>
    Name.endsWith("Ms") ? { Name, Unit: "Milliseconds" } : { Name },
  );
  const directive = { Namespace: "Parley", Dimensions: [["service"]], Metrics };
  const details = {
    _aws: { Timestamp, CloudWatchMetrics: [directive] },
    service: name.slice(0, name.lastIndexOf("-")),
    ...Object.fromEntries(measured),
  };
  return lineOf("info", "measured", details, about);
}
