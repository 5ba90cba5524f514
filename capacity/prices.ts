/**
 * What AWS charges in us-east-1, and the bill for a usage. List prices without the free tier and
 * without the discounts on large volumes, so that a bill is linear: ten million users would pay
 * less than it says.
 */
import { nothing, type Usage } from "./usage.ts";

const million = 1_000_000;
const gigabyte = 1024 ** 3;

interface Price {
  line: string;
  usd: number;
  /** What that many dollars buy. */
  unit: string;
  /** How many of it a month's usage is. */
  of(usage: Usage, keptMonths: number): number;
}

export const prices: readonly Price[] = [
  {
    line: "frames in",
    usd: 1,
    unit: "million messages of 32 KB",
    of: ({ framesIn }) => framesIn / million,
  },
  {
    line: "frames out",
    usd: 1,
    unit: "million messages of 32 KB",
    of: ({ framesOut }) => framesOut / million,
  },
  {
    line: "connection minutes",
    usd: 0.25,
    unit: "million minutes",
    of: ({ connectionMinutes }) => connectionMinutes / million,
  },
  {
    line: "Lambda requests",
    usd: 0.2,
    unit: "million requests",
    of: ({ invocations }) => invocations / million,
  },
  {
    line: "Lambda time",
    usd: 13.3334,
    unit: "million GB-s (arm64)",
    of: ({ gbSeconds }) => gbSeconds / million,
  },
  {
    line: "DynamoDB reads",
    usd: 0.125,
    unit: "million read units, on demand",
    of: ({ readUnits }) => readUnits / million,
  },
  {
    line: "DynamoDB writes",
    usd: 0.625,
    unit: "million write units, on demand",
    of: ({ writeUnits }) => writeUnits / million,
  },
  {
    line: "storage and backups",
    usd: 0.45,
    unit: "GB-month (0.25 stored, 0.20 point-in-time recovery)",
    of: ({ storedBytes }, keptMonths) => (storedBytes * keptMonths) / gigabyte,
  },
  {
    line: "data out",
    usd: 0.09,
    unit: "GB to the internet",
    of: ({ bytesOut }) => bytesOut / gigabyte,
  },
];

/**
 * Of a standard queue of SQS, beyond the free tier (cloudburn.io/blog/amazon-sqs-pricing, 14 March
 * 2026). Nothing here uses one; the page says why. A message is sent, received and deleted.
 */
export const queue = { usdPerMillionRequests: 0.4, requestsPerMessage: 3 };

/**
 * Of CloudWatch, beyond its free tier of ten metrics, ten alarms, three dashboards and 5 GB
 * (signoz.io/guides/cloudwatch-pricing, 15 February 2026). In dollars, of a month but for logs.
 */
export const observingPrices = {
  perGigabyteLogged: 0.5,
  perMetric: 0.3,
  perAlarmMetric: 0.1,
  perCompositeAlarm: 0.5,
  perDashboard: 3,
  /** Of X-Ray, beyond 100,000 a month (aws.amazon.com/xray/pricing, 27 November 2026). */
  perMillionTraces: 5,
};

interface BillLine {
  line: string;
  quantity: number;
  usd: number;
}

/** For a month in which this was used. */
export function billOf(month: Usage, keptMonths: number): BillLine[] {
  return prices.map(({ line, usd, of }) => {
    const quantity = of(month, keptMonths);
    return { line, quantity, usd: quantity * usd };
  });
}

export const totalOf = (bill: readonly BillLine[]): number =>
  bill.reduce((sum, { usd }) => sum + usd, 0);

/** Of messages in a queue, each of which invokes a function. Its time is left out. */
export function usdOfQueue(messages: number): number {
  const requests = messages * queue.requestsPerMessage;
  const invoked = totalOf(billOf({ ...nothing, invocations: messages }, 0));
  return (requests * queue.usdPerMillionRequests) / million + invoked;
}
