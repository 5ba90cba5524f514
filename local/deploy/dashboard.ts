/**
 * The dashboard, in the order in which an incident is read: which alarms are on, what users notice,
 * where it comes from. `${…}` in it is CloudFormation's.
 */
import { alarmNames, alarmOf } from "../../lib/signals/alarms.ts";
import { dimension, type Measured, namespace } from "../../lib/signals/signals.ts";

const columns = 24;
const graph = { width: 8, height: 6 };
const perRow = columns / graph.width;

interface Graph {
  title: string;
  metrics: [name: Measured, stat: "Sum" | "Maximum" | "p50" | "p99" | "Average"][];
}

const graphs: Graph[] = [
  {
    title: "Acks (ms)",
    metrics: [
      ["ackMs", "p50"],
      ["ackMs", "p99"],
    ],
  },
  {
    title: "Deliveries (ms)",
    metrics: [
      ["deliveryMs", "p50"],
      ["deliveryMs", "p99"],
    ],
  },
  {
    title: "Messages",
    metrics: [
      ["accepted", "Sum"],
      ["appendAttempts", "Sum"],
    ],
  },
  {
    title: "Requests that failed",
    metrics: [
      ["request failed", "Sum"],
      ["refused: internal", "Sum"],
      ["refused: unavailable", "Sum"],
    ],
  },
  {
    title: "Recipients",
    metrics: [
      ["delivered", "Sum"],
      ["skipped", "Sum"],
      ["left", "Sum"],
      ["gone", "Sum"],
      ["throttled", "Sum"],
    ],
  },
  {
    title: "Handshakes",
    metrics: [
      ["connected", "Sum"],
      ["handshakesRefused", "Sum"],
    ],
  },
  {
    title: "Large rooms (ms)",
    metrics: [
      ["fanOutLagMs", "Maximum"],
      ["announcementLagMs", "Maximum"],
    ],
  },
  {
    title: "Refused",
    metrics: [
      ["refused: rate_limited", "Sum"],
      ["refused: bad_request", "Sum"],
      ["refused: forbidden", "Sum"],
      ["refused: not_member", "Sum"],
    ],
  },
  {
    title: "Deliveries in trouble",
    metrics: [
      ["recipients skipped", "Sum"],
      ["publish incomplete", "Sum"],
      ["posts refused", "Sum"],
      ["fan-out failed", "Sum"],
      ["changes not announced", "Sum"],
    ],
  },
];

export function dashboardOf(service: string) {
  const alarm = (name: string) =>
    `arn:\${AWS::Partition}:cloudwatch:\${AWS::Region}:\${AWS::AccountId}:alarm:${service}-${name}`;
  const urgentFirst = [...alarmNames].sort(
    (a, b) => Number(alarmOf(b).severity === "page") - Number(alarmOf(a).severity === "page"),
  );
  return {
    widgets: [
      {
        type: "alarm",
        ...{ x: 0, y: 0, width: columns, height: 5 },
        properties: { title: "Alarms, urgent ones first", alarms: urgentFirst.map(alarm) },
      },
      ...graphs.map(({ title, metrics }, index) => ({
        type: "metric",
        x: (index % perRow) * graph.width,
        y: 5 + Math.floor(index / perRow) * graph.height,
        ...graph,
        properties: {
          title,
          region: `\${AWS::Region}`,
          period: 60,
          metrics: metrics.map(([name, stat]) => [
            namespace,
            name,
            dimension,
            service,
            { stat, label: stat.startsWith("p") ? `${name} ${stat}` : name },
          ]),
        },
      })),
    ],
  };
}
