/** The model's answers as rows: what docs/capacity.md and the bench's own output show. */
import { limits } from "../../lib/protocol/limits.ts";
import { activitiesOf, usageOf } from "../activities.ts";
import { comebacksPerSecond } from "../comingBack.ts";
import { assumptions, type Habits, populations } from "../habits.ts";
import type { AppendStep, Measured } from "../measured.ts";
import { messageUsage, secondsToDeliver, shardsFor } from "../message.ts";
import { dailyShare, monthlyUsers, others } from "../others.ts";
import { billOf, prices, totalOf } from "../prices.ts";
import { gatewaysFor, headroomsOf, peakOf, quotasOf, requestsPerSecond } from "../quotas.ts";
import { times, type Usage } from "../usage.ts";

type Cells = readonly string[];
export interface Grid {
  head: Cells;
  rows: readonly Cells[];
}

/** Everything about one number of users. */
export function scaleOf(habits: Habits, measured: Measured, users: number) {
  const day = usageOf(activitiesOf(habits, measured));
  const month = times(day, users * assumptions.daysPerMonth);
  const bill = billOf(month, habits.keptMonths);
  const peak = peakOf(habits, day, users, measured);
  const gateways = gatewaysFor(peak);
  return { users, month, bill, usd: totalOf(bill), peak, gateways };
}

export type Scale = ReturnType<typeof scaleOf>;

export const scalesOf = (habits: Habits, measured: Measured): Scale[] =>
  populations.map((users) => scaleOf(habits, measured, users));

export function glance(scales: readonly Scale[], habits: Habits): Grid {
  return {
    head: [
      "users",
      "connections at the peak",
      "messages a month",
      "a month",
      "per user",
      "binds first",
      "its load",
      "gateways",
    ],
    rows: scales.map(({ users, usd, peak, gateways }) => {
      const [first] = headroomsOf(peak);
      const messages = users * habits.messages * assumptions.daysPerMonth;
      return [
        compact(users),
        compact(peak.connections),
        compact(messages),
        dollars(usd),
        dollars(usd / users),
        first?.quota.name ?? "",
        `${figure(100 / (first?.headroom ?? 1))} %`,
        String(gateways),
      ];
    }),
  };
}

export function bills(scales: readonly Scale[]): Grid {
  const [first] = scales;
  const share = (index: number) => (first?.bill[index]?.usd ?? 0) / (first?.usd ?? 1);
  return {
    head: ["$ a month", ...scales.map(({ users }) => compact(users)), "share"],
    rows: [
      ...prices.map(({ line }, index) => [
        line,
        ...scales.map(({ bill }) => dollars(bill[index]?.usd ?? 0)),
        percent(share(index)),
      ]),
      ["**all**", ...scales.map(({ usd }) => `**${dollars(usd)}**`), ""],
    ],
  };
}

function costsByActivity(habits: Habits, measured: Measured) {
  const costs = activitiesOf(habits, measured).map(({ name, usage }) => {
    const month = times(usage, assumptions.daysPerMonth);
    return { name, month, usd: totalOf(billOf(month, habits.keptMonths)) };
  });
  return { costs, all: costs.reduce((sum, { usd }) => sum + usd, 0) };
}

/** Of the bill, by the names of what is done. */
export function shareOf(named: RegExp, habits: Habits, measured: Measured): string {
  const { costs, all } = costsByActivity(habits, measured);
  const found = costs.filter(({ name }) => named.test(name));
  return percent(found.reduce((sum, { usd }) => sum + usd, 0) / all);
}

export function billsByActivity(habits: Habits, measured: Measured): Grid {
  const { costs, all } = costsByActivity(habits, measured);
  return {
    head: [
      "of one user in a month",
      "frames",
      "read units",
      "write units",
      "cents",
      "share",
      "frames before",
      "cents before",
    ],
    rows: costs
      .sort((a, b) => b.usd - a.usd)
      .map(({ name, month, usd }) => {
        const before = measured.billBefore.activities[name];
        return [
          name,
          figure(month.framesIn + month.framesOut),
          figure(month.readUnits),
          figure(month.writeUnits),
          figure(usd * 100),
          percent(usd / all),
          before ? figure(before.frames) : "–",
          before ? figure(before.usd * 100) : "–",
        ];
      }),
  };
}

/** What one user cost in a month before, in dollars. */
export const usdBefore = ({ billBefore }: Measured): number =>
  Object.values(billBefore.activities).reduce((sum, { usd }) => sum + usd, 0);

/** What the same habits cost elsewhere. */
export function othersTable(habits: Habits, measured: Measured): Grid {
  const own = monthlyUsers.map((users) =>
    dollars(scaleOf(habits, measured, users * dailyShare).usd),
  );
  const includes = "all that is in this repository, in your account";
  return {
    head: [
      "$ a month",
      ...monthlyUsers.map((users) => `${compact(users)} monthly users`),
      "includes",
      "source",
    ],
    rows: [
      ["**Parley**", ...own, includes, "this page"],
      ...others.map(({ name, usd, isSecondHand, includes, source }) => [
        isSecondHand ? `${name} *` : name,
        ...usd,
        includes,
        source,
      ]),
    ],
  };
}

export function requests(scales: readonly Scale[]): Grid {
  const rows: [string, (month: Usage) => number][] = [
    ["API Gateway: frames in", ({ framesIn }) => framesIn],
    ["API Gateway: frames out", ({ framesOut }) => framesOut],
    ["of these posted to `@connections`", ({ posts }) => posts],
    ["API Gateway: connections", ({ connects }) => connects],
    ["API Gateway: connection minutes", ({ connectionMinutes }) => connectionMinutes],
    ["Lambda: requests", ({ invocations }) => invocations],
    ["Lambda: GB-s", ({ gbSeconds }) => gbSeconds],
    ["DynamoDB: read units", ({ readUnits }) => readUnits],
    ["DynamoDB: write units", ({ writeUnits }) => writeUnits],
    ["DynamoDB: the log grows by, GB", ({ storedBytes }) => storedBytes / 1024 ** 3],
  ];
  return {
    head: ["a month", ...scales.map(({ users }) => compact(users))],
    rows: rows.map(([name, of]) => [name, ...scales.map(({ month }) => compact(of(month)))]),
  };
}

/** Each quota's load at the peak, by how soon it binds. */
export function quotaTable(scales: readonly Scale[], measured: Measured): Grid {
  const largest = scales.at(-1);
  const order = largest ? headroomsOf(largest.peak).map(({ quota }) => quota.name) : [];
  const byName = new Map(quotasOf(measured).map((quota) => [quota.name, quota]));
  return {
    head: ["quota", "most", ...scales.map(({ users }) => compact(users)), "then"],
    rows: order.flatMap((name) => {
      const quota = byName.get(name);
      if (quota === undefined) return [];
      const loads = scales.map(({ peak }) => {
        const load = quota.load(peak);
        return load > quota.most ? `**${compact(load)}**` : compact(load);
      });
      return [[name, `${compact(quota.most)} ${quota.unit}`, ...loads, quota.remedy]];
    }),
  };
}

export function recovery(scales: readonly Scale[], habits: Habits, measured: Measured): Grid {
  return {
    head: ["", ...scales.map(({ users }) => compact(users))],
    rows: [
      ["gateways", ...scales.map(({ gateways }) => String(gateways))],
      [
        "until all are back after every socket was lost",
        ...scales.map((scale) =>
          duration(scale.peak.connections / comebacksPerSecond(habits, measured, scale)),
        ),
      ],
    ],
  };
}

export const roomSizes = [2, 10, 50, 250, 1_000, 10_000, 100_000, 1_000_000];

export function roomTable(measured: Measured): Grid {
  return {
    head: [
      "connections",
      "delivered by",
      "invocations",
      "frames out",
      "read units",
      "a thousand messages",
      "when ten share frames",
      "seconds, without quotas",
      "with one gateway's",
    ],
    rows: roomSizes.map((connections) => {
      const usage = messageUsage(measured, connections);
      const seconds = secondsToDeliver(measured, connections);
      const isDirect = connections <= limits.directConnections;
      return [
        compact(connections),
        isDirect ? "its sender" : workers(shardsFor(connections)),
        compact(usage.invocations),
        compact(usage.framesOut),
        compact(usage.readUnits),
        dollars(messageUsd(usage) * 1_000),
        isDirect ? "–" : dollars(messageUsd(messageUsage(measured, connections, 10)) * 1_000),
        figure(seconds),
        figure(Math.max(seconds, usage.posts / requestsPerSecond)),
      ];
    }),
  };
}

const workers = (count: number): string => (count === 1 ? "1 worker" : `${compact(count)} workers`);

/** Without what keeping it costs. */
export const messageUsd = (usage: Usage): number => totalOf(billOf(usage, 0));

export function appendTable(steps: readonly AppendStep[]): Grid {
  return {
    head: ["offered/s", "stored/s", "p50, ms", "p99, ms", "writes a message", "asked to wait"],
    rows: steps.map((step) => [
      figure(step.offeredPerSecond),
      figure(step.storedPerSecond),
      figure(step.p50Ms),
      figure(step.p99Ms),
      figure(step.writesPerMessage),
      String(step.refused),
    ]),
  };
}

/** Three digits: 1.23K, 45.6M. */
export const compact = (value: number): string =>
  value.toLocaleString("en-US", { notation: "compact", maximumSignificantDigits: 3 });

export const figure = (value: number): string =>
  value.toLocaleString("en-US", { maximumSignificantDigits: 3 });

export function dollars(value: number): string {
  return `$${value.toLocaleString("en-US", { maximumSignificantDigits: 3 })}`;
}

export const percent = (share: number): string => `${figure(share * 100)} %`;

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
