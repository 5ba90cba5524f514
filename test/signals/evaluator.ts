/**
 * Which alarms would have gone off, from the lines that functions wrote: what CloudWatch makes of
 * them, minute by minute. Lambda's own metrics are what the rehearsal saw of its invocations.
 */
import {
  type Alarm,
  type AlarmName,
  alarmNames,
  alarmOf,
  type Metric,
  type Watch,
} from "../../lib/signals/alarms.ts";

export interface Point {
  name: string;
  atMs: number;
  value: number;
}

const minuteMs = 60_000;

/** How a metric is called here: one of AWS's has its resource in front. */
export const nameOf = (metric: Metric): string =>
  typeof metric === "string" ? metric : `${metric.resource} ${metric.name}`;

/** The values in lines of CloudWatch's embedded metric format. Other lines have none. */
export function pointsIn(lines: readonly Readonly<Record<string, unknown>>[]): Point[] {
  return lines.flatMap((line) => {
    const { Timestamp: atMs, CloudWatchMetrics = [] } = Object(line["_aws"]);
    const names = (CloudWatchMetrics as { Metrics: { Name: string }[] }[]).flatMap(({ Metrics }) =>
      Metrics.map(({ Name }) => Name),
    );
    return names.flatMap((name) =>
      [line[name]].flat().map((value) => ({ name, atMs, value: Number(value) })),
    );
  });
}

/** The values of each metric that fell into one minute. */
export type Minute = ReadonlyMap<string, readonly number[]>;

export function minutesOf(points: readonly Point[], fromMs: number): Minute[] {
  const minutes: Map<string, number[]>[] = [];
  for (const { name, atMs, value } of points) {
    const index = Math.floor((atMs - fromMs) / minuteMs);
    for (let from = minutes.length; from <= index; from += 1) minutes.push(new Map());
    const values = minutes[index];
    values?.set(name, [...(values.get(name) ?? []), value]);
  }
  return minutes;
}

/** Whether each alarm was on at the end of each minute, in the order of the table. */
export function stateOfAlarms(
  minutes: readonly Minute[],
): { name: AlarmName; isOn: readonly boolean[] }[] {
  return alarmNames.map((name) => ({ name, isOn: isOnIn(alarmOf(name), minutes) }));
}

function isOnIn({ watch, threshold, minutes: needed, of }: Alarm, minutes: readonly Minute[]) {
  const isReached = minutes.map((minute) => (valueIn(watch, minute) ?? 0) >= threshold);
  return isReached.map((_, end) => {
    const last = isReached.slice(Math.max(0, end + 1 - of), end + 1);
    return last.filter(Boolean).length >= needed;
  });
}

function valueIn(watch: Watch, minute: Minute): number | undefined {
  const sum = (metrics: readonly Metric[]) =>
    metrics
      .flatMap((metric) => minute.get(nameOf(metric)) ?? [])
      .reduce((total, value) => total + value, 0);
  if (watch.stat === "Sum") return sum(watch.metrics) - sum(watch.minus ?? []);
  if (watch.stat === "Percent") {
    const whole = sum(watch.of);
    return whole >= watch.least ? (100 * sum(watch.metrics)) / whole : undefined;
  }
  return statOf(watch.stat, minute.get(nameOf(watch.metric)) ?? []);
}

/** As CloudWatch calls its statistics, `p99` for instance. Without values there is none. */
export function statOf(stat: string, values: readonly number[]): number | undefined {
  if (stat === "Sum") return values.reduce((total, value) => total + value, 0);
  const sorted = [...values].sort((a, b) => a - b);
  if (stat === "Maximum") return sorted.at(-1);
  if (!stat.startsWith("p")) throw new TypeError(`no statistic of values is called ${stat}`);
  return sorted[Math.ceil((Number(stat.slice(1)) / 100) * sorted.length) - 1];
}
