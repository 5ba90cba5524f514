/**
 * What observing costs, with `SIGNALS: true`: a line for each message, and what is there in a month
 * whether anybody talks or not. The line is the one that a function writes.
 */
import { measuredLine } from "../lib/adapters/console/measured.ts";
import { alarmNames, alarmOf, metricsOf } from "../lib/signals/alarms.ts";
import { metrics } from "../lib/signals/signals.ts";
import { accessLogFormats } from "../local/deploy/accessLogs.ts";
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

const gigabytesOf = (lineBytes: number): number => (lineBytes * million) / 1024 ** 3;

/** X-Ray's default rule, beside one a second. */
const tracedShare = 0.05;

/** Of the WebSocket API's access log; one of the HTTP API is as long. */
function accessBytes(): number {
  const values: Record<string, string> = {
    ...{ requestTimeEpoch: "1795304425964", requestId: about.requestId, routeKey: "$default" },
    ...{ "identity.sourceIp": "203.0.113.110", status: "200", connectionId: about.connectionId },
  };
  const line = accessLogFormats.ofSockets.replace(
    /\$context\.([\w.]+)/g,
    (written, name: string) => values[name] ?? written,
  );
  return Buffer.byteLength(line) + bytesAdded;
}

/** A row for each thing that is paid for. A metric without a value in an hour is free then. */
export function observingRows(): string[][] {
  const bytes = lineBytes();
  const alarmMetrics = alarmNames.flatMap((name) => metricsOf(alarmOf(name).watch)).length;
  const usd = (value: number) => `$${value.toFixed(2)}`;
  return [
    [
      `lines of ${bytes} bytes, one a message`,
      `${usd(prices.perGigabyteLogged)} a GB`,
      `${usd(gigabytesOf(bytes) * prices.perGigabyteLogged)} a million messages`,
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
    [
      `\`ACCESS_LOGS: all\`: lines of ${accessBytes()} bytes, one a frame in`,
      `${usd(prices.perGigabyteLogged)} a GB`,
      `${usd(gigabytesOf(accessBytes()) * prices.perGigabyteLogged)} a million frames`,
    ],
    [
      "`TRACING`: traces of one invocation in twenty",
      `${usd(prices.perMillionTraces)} a million`,
      `${usd(prices.perMillionTraces * tracedShare)} a million invocations`,
    ],
  ];
}

function monthly(what: string, { count, each }: { count: number; each: number }): string[] {
  return [what, `$${each.toFixed(2)} a month`, `$${(count * each).toFixed(2)} a month`];
}
