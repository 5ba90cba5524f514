/**
 * What wakes an operator, and what waits for the morning. Each alarm has a runbook of its name in
 * docs/operations.md. Its threshold is a minute's value, and it goes off when that is reached in
 * `minutes` of the last `of` minutes. A minute without a value is a good one, since nobody talks at
 * night.
 *
 * Lambda's `Errors` says nothing of requests: what fails there is answered with an error frame, and
 * no function fails. So most of what is watched is our own.
 */
import type { Measured } from "./signals.ts";

/** A metric of ours by its name, or one that AWS has of a resource. */
export type Metric = Measured | AwsMetric;
export interface AwsMetric {
  namespace: "AWS/Lambda" | "AWS/DynamoDB" | "AWS/ApiGateway" | "AWS/SQS";
  name: string;
  /** A function, a table, an API or the queue, by its name in serverless.yml. */
  resource: string;
}

export type Watch =
  | { stat: "Maximum" | "p99"; metric: Metric }
  /** The sum of all, without those of `minus`. */
  | { stat: "Sum"; metrics: readonly Metric[]; minus?: readonly Metric[] }
  /** How many of `of` these are, where `of` is at least `least`. */
  | { stat: "Percent"; metrics: readonly Metric[]; of: readonly Metric[]; least: number };

export interface Alarm {
  watch: Watch;
  threshold: number;
  /** Of the threshold: none is a count. */
  unit?: "ms" | "%";
  minutes: number;
  of: number;
  /** `page`: users notice, or somebody attacks. `ticket`: it can wait until the morning. */
  severity: "page" | "ticket";
  means: string;
  /** A condition of serverless.yml that has to hold, since what is watched is not there else. */
  condition?: "ReadsStream" | "OwnConnections";
}

const lambda = (name: string, ...functions: string[]): AwsMetric[] =>
  functions.map((resource) => ({ namespace: "AWS/Lambda", name, resource }));
const sum = (...metrics: Metric[]) => ({ stat: "Sum", metrics }) as const;
const soon = { minutes: 2, of: 3 };
const lasting = { minutes: 3, of: 5 };
const once = { minutes: 1, of: 1 };
const ofStream = { condition: "ReadsStream" } as const;

export const alarms = {
  RequestsFailing: {
    watch: sum("request failed", "sync of a room failed", "focus of a room failed"),
    threshold: 5,
    ...soon,
    severity: "page",
    means: "Requests are answered with `internal` or `unavailable`",
  },
  ConnectsFailing: {
    watch: {
      ...sum(...lambda("Errors", "authorize", "connect")),
      minus: ["handshakesRefused"],
    },
    threshold: 3,
    ...soon,
    severity: "page",
    means: "Handshakes fail that were not refused for their token",
  },
  HandshakesRefused: {
    watch: {
      stat: "Percent",
      metrics: ["handshakesRefused"],
      of: ["handshakesRefused", "connected"],
      least: 20,
    },
    threshold: 50,
    unit: "%",
    ...lasting,
    severity: "page",
    means: "Half of those who come are refused for their token",
  },
  AcksSlow: {
    watch: { stat: "p99", metric: "ackMs" },
    threshold: 2_000,
    unit: "ms",
    ...lasting,
    severity: "page",
    means: "Senders wait for their acks",
  },
  RecipientsMissed: {
    watch: {
      stat: "Percent",
      metrics: ["skipped", "left"],
      of: ["delivered", "skipped", "left"],
      least: 20,
    },
    threshold: 5,
    unit: "%",
    ...lasting,
    severity: "page",
    means: "Messages do not reach recipients until they sync",
  },
  DeliveriesSlow: {
    watch: { stat: "p99", metric: "deliveryMs" },
    threshold: 5_000,
    unit: "ms",
    ...lasting,
    severity: "ticket",
    means: "Messages reach their last recipients late",
  },
  PostsThrottled: {
    watch: {
      stat: "Percent",
      metrics: ["throttled"],
      of: ["throttled", "delivered"],
      least: 20,
    },
    threshold: 20,
    unit: "%",
    ...lasting,
    severity: "ticket",
    means: "A gateway answers posts with 429",
  },
  PostsRefused: {
    watch: sum("posts refused"),
    threshold: 1,
    ...once,
    severity: "page",
    means: "A gateway says that we may not post, or post too much",
  },
  GatewayUnknown: {
    watch: sum("gateway not listed"),
    threshold: 1,
    ...once,
    severity: "page",
    means: "A connection names a gateway that this deployment does not know",
  },
  PublishIncomplete: {
    watch: sum("publish incomplete"),
    threshold: 5,
    ...soon,
    severity: "ticket",
    means: "Messages are stored, and not delivered to all",
  },
  FanOutLate: {
    watch: { stat: "Maximum", metric: "fanOutLagMs" },
    threshold: 10_000,
    unit: "ms",
    ...soon,
    severity: "page",
    means: "Large rooms are delivered to late",
    ...ofStream,
  },
  FanOutStuck: {
    watch: {
      stat: "Maximum",
      metric: { namespace: "AWS/Lambda", name: "IteratorAge", resource: "fanOut" },
    },
    threshold: 30_000,
    unit: "ms",
    ...soon,
    severity: "page",
    means: "The stream of large rooms does not get on",
    ...ofStream,
  },
  FanOutFailing: {
    watch: sum("fan-out failed"),
    threshold: 1,
    ...lasting,
    severity: "ticket",
    means: "Deliveries to large rooms fail and are repeated",
    ...ofStream,
  },
  EventsGivenUp: {
    watch: {
      stat: "Maximum",
      metric: {
        namespace: "AWS/SQS",
        name: "ApproximateNumberOfMessagesVisible",
        resource: "UndeliveredQueue",
      },
    },
    threshold: 1,
    ...once,
    severity: "ticket",
    means: "Deliveries or announcements were given up",
    ...ofStream,
  },
  AnnouncementsLate: {
    watch: { stat: "Maximum", metric: "announcementLagMs" },
    threshold: 60_000,
    unit: "ms",
    ...soon,
    severity: "ticket",
    means: "Edits and deletes whose requests died are announced late",
    ...ofStream,
  },
  AnnouncementsFailing: {
    watch: sum("changes not announced"),
    threshold: 1,
    ...lasting,
    severity: "ticket",
    means: "Edits and deletes whose requests died are not announced",
    ...ofStream,
  },
  RoomsNotSwept: {
    watch: sum("room not swept"),
    threshold: 1,
    ...once,
    severity: "ticket",
    means: "Messages past their time are not deleted",
    ...ofStream,
  },
  StreamUnreadable: {
    watch: sum("stream record unreadable"),
    threshold: 1,
    ...once,
    severity: "ticket",
    means: "An event in the stream could not be read, and was passed over",
    ...ofStream,
  },
  UsersTurnedAway: {
    watch: sum("no gateway has room"),
    threshold: 1,
    ...soon,
    severity: "page",
    means: "No gateway takes another connection",
  },
  UsersLimited: {
    watch: sum("refused: rate_limited"),
    threshold: 300,
    ...lasting,
    severity: "ticket",
    means: "Many requests are refused for their number",
  },
  SpendingUncounted: {
    watch: sum("spending not counted"),
    threshold: 10,
    ...soon,
    severity: "ticket",
    means: "Limits hold within one function instance only",
  },
  ConnectionsKept: {
    watch: sum("surplus connections not forgotten"),
    threshold: 10,
    ...soon,
    severity: "ticket",
    means: "Users keep more connections than they may",
  },
  FunctionsFailing: {
    watch: sum(
      ...lambda("Errors", "send", "default", "http", "disconnect"),
      ...lambda("Errors", "fanOut", "announce", "deliver", "sweep"),
    ),
    threshold: 1,
    ...soon,
    severity: "ticket",
    means: "A function crashes, or runs out of time",
  },
  FunctionsThrottled: {
    watch: sum(
      ...lambda("Throttles", "authorize", "connect", "send", "default", "http"),
      ...lambda("Throttles", "disconnect", "fanOut", "announce", "deliver"),
    ),
    threshold: 1,
    ...soon,
    severity: "page",
    means: "The account's concurrency is used up",
  },
  TablesThrottled: {
    watch: sum(
      ...["Rooms", "Connections"].flatMap((resource) =>
        ["ReadThrottleEvents", "WriteThrottleEvents"].map(
          (name): AwsMetric => ({ namespace: "AWS/DynamoDB", name, resource }),
        ),
      ),
    ),
    threshold: 10,
    ...lasting,
    severity: "ticket",
    means: "A room or a topic is hotter than a partition",
    condition: "OwnConnections",
  },
  GatewaysFailing: {
    watch: sum(
      { namespace: "AWS/ApiGateway", name: "ExecutionError", resource: "WebsocketsApi" },
      { namespace: "AWS/ApiGateway", name: "5xx", resource: "HttpApi" },
    ),
    threshold: 5,
    ...soon,
    severity: "page",
    means: "A gateway could not call a function, or answered in its place",
  },
} as const satisfies Record<string, Alarm>;

export type AlarmName = keyof typeof alarms;
export const alarmNames = Object.keys(alarms) as AlarmName[];

/** By name, as what they are rather than what they say. */
export const alarmOf = (name: AlarmName): Alarm => alarms[name];

/** The metrics that a watch reads. */
export function metricsOf(watch: Watch): Metric[] {
  if ("metric" in watch) return [watch.metric];
  if (watch.stat === "Percent") return [...new Set([...watch.metrics, ...watch.of])];
  return [...watch.metrics, ...(watch.minus ?? [])];
}
