/**
 * What observing costs, with `SIGNALS: true`: a line for each message, and what is there in a month
 * whether anybody talks or not. The line is the one that a function writes.
 */
import { measuredLine } from "../lib/adapters/console/measured.ts";
import { alarmNames, alarmOf, metricsOf } from "../lib/signals/alarms.ts";
import { metrics } from "../lib/signals/signals.ts";
import { observingPrices as prices } from "./prices.ts";

const million = 1_000_000;

/** Of a `send` to a room of ten, with ids as long as AWS's. */
const about = {
  function: "parley-prod-send",
  version: "0".repeat(12),
  requestId: "JKJaXmPLvHcESHA=",
  connectionId: "JKJaXe2lvHcCJpA=",
};
const measured = new Map<string, number | number[]>([
  ["appendAttempts", 1],
  ["accepted", 1],
  ["ackMs", [37]],
  ["delivered", 9],
  ["deliveryMs", [61]],
]);

/** Bytes that CloudWatch adds to each line when it counts them. */
const bytesAdded = 26;
const lineBytes = (): number =>
  Buffer.byteLength(measuredLine({ about, measured }, 1_795_304_425_964)) + bytesAdded;

/** A row for each thing that is paid for. A metric without a value in an hour is free then. */
export function observingRows(): string[][] {
  const bytes = lineBytes();
  const gigabytes = (bytes * million) / 1024 ** 3;
  const alarmMetrics = alarmNames.flatMap((name) => metricsOf(alarmOf(name).watch)).length;
  const usd = (value: number) => `$${value.toFixed(2)}`;
  return [
    [
      `lines of ${bytes} bytes, one a message`,
      `${usd(prices.perGigabyteLogged)} a GB`,
      `${usd(gigabytes * prices.perGigabyteLogged)} a million messages`,
    ],
    monthly(`${Object.keys(metrics).length} metrics, while they have values`, {
      count: Object.keys(metrics).length,
      each: prices.perMetric,
    }),
    monthly(`${alarmNames.length} alarms on ${alarmMetrics} metrics`, {
      count: alarmMetrics,
      each: prices.perAlarmMetric,
    }),
    monthly("the alarm that pages", { count: 1, each: prices.perCompositeAlarm }),
    monthly("the dashboard", { count: 1, each: prices.perDashboard }),
  ];
}

function monthly(what: string, { count, each }: { count: number; each: number }): string[] {
  return [what, `$${each.toFixed(2)} a month`, `$${(count * each).toFixed(2)} a month`];
}
