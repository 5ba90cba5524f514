/** The tables of docs/operations.md that repeat lib/signals, and what observing costs. */
import { observingRows } from "../../capacity/observing.ts";
import {
  type Alarm,
  alarmNames,
  alarmOf,
  type Metric,
  type Watch,
} from "../../lib/signals/alarms.ts";
import { lines, metrics } from "../../lib/signals/signals.ts";
import { table } from "./tables.ts";

export const operationsTables: Readonly<Record<string, string>> = {
  metrics: table(
    ["metric", "unit", "is"],
    Object.entries(metrics).map(([name, means]) => [
      `\`${name}\``,
      name.endsWith("Ms") ? "ms" : "count",
      means,
    ]),
  ),
  alarms: table(
    ["alarm", "goes off at, in a minute", "minutes", "severity", "because"],
    alarmNames.map((name) => {
      const { minutes, of, severity, means, ...alarm } = alarmOf(name);
      const link = `[${name}](#${name.toLowerCase()})`;
      return [link, thresholdOf(alarm), `${minutes} of ${of}`, severity, means];
    }),
  ),
  lines: table(
    ["line", "level", "means"],
    Object.entries(lines).map(([what, { level, means }]) => [`\`${what}\``, level, means]),
  ),
  observing: table(["what", "each", "costs"], observingRows()),
};

function thresholdOf({ watch, threshold, unit }: Pick<Alarm, "watch" | "threshold" | "unit">) {
  return `${watchOf(watch)} ≥ ${threshold.toLocaleString("en-US")}${unit ? ` ${unit}` : ""}`;
}

function watchOf(watch: Watch): string {
  if (watch.stat === "Percent") {
    return `${namesOf(watch.metrics)}, of ${watch.least} or more ${namesOf(watch.of)},`;
  }
  if (watch.stat !== "Sum") return `${namesOf([watch.metric])}, ${watch.stat.toLowerCase()},`;
  const less = watch.minus ? `, without ${namesOf(watch.minus)},` : "";
  return `${namesOf(watch.metrics)}${less}`;
}

/** Metrics of AWS by what they are called there, and of which resources. */
function namesOf(metrics: readonly Metric[]): string {
  const resources = new Map<string, string[]>();
  for (const metric of metrics) {
    const name = typeof metric === "string" ? metric : `${metric.namespace} ${metric.name}`;
    const resource = typeof metric === "string" ? [] : [metric.resource];
    resources.set(name, [...(resources.get(name) ?? []), ...resource]);
  }
  return [...resources]
    .map(([name, of]) => `\`${name}\`${of.length > 0 ? ` of ${of.join(", ")}` : ""}`)
    .join(", ");
}
