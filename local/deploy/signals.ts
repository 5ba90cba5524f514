/**
 * The resources of `SIGNALS: true`, from the table in lib/signals: alarms, the one that pages, two
 * topics, a dashboard, and queries of the logs. The plugin adds them to the template.
 */
import {
  type Alarm,
  type AlarmName,
  type AwsMetric,
  alarmNames,
  alarmOf,
  type Metric,
  metricsOf,
} from "../../lib/signals/alarms.ts";
import { dimension, namespace } from "../../lib/signals/signals.ts";
import type { CompiledTemplate } from "./compiledTemplate.ts";
import { dashboardOf } from "./dashboard.ts";
import { savedQueries } from "./savedQueries.ts";

interface Deployed {
  /** Its name and stage, as `parley-prod`. */
  service: string;
  stage: string;
  /** By their names in serverless.yml. */
  functions: readonly string[];
  /** What functions are told of the tables. */
  tables: Readonly<Record<string, unknown>>;
}

type Resource = CompiledTemplate["Resources"][string];

const pages = "PagesTopic";
/** For what can wait. */
export const tickets = "TicketsTopic";
const everyMinute = 60;
/** Encrypted with a key of AWS's own, alarms could not publish. */
const topic: Resource = { Type: "AWS::SNS::Topic", Properties: {} };

const resourceOf = (name: AlarmName): string => `${name}Alarm`;

export function signalResources(deployed: Deployed): Record<string, Resource> {
  const { service } = deployed;
  const leaves = alarmNames.map((name): [string, Resource] => [
    resourceOf(name),
    alarmResource(name, deployed),
  ]);
  return {
    [pages]: topic,
    [tickets]: topic,
    ...Object.fromEntries(leaves),
    PagingAlarm: {
      Type: "AWS::CloudWatch::CompositeAlarm",
      Properties: {
        AlarmName: `${service}-Paging`,
        AlarmDescription: "Something is urgent: the dashboard shows which alarms are on",
        AlarmRule: { "Fn::Join": [" OR ", pagingParts()] },
        AlarmActions: [{ Ref: pages }],
        OKActions: [{ Ref: pages }],
      },
    },
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: {
        DashboardName: service,
        DashboardBody: { "Fn::Sub": JSON.stringify(dashboardOf(service)) },
      },
    },
    ...savedQueries(deployed),
  };
}

/** The alarm that pages, which deployments are guarded by, and what to subscribe people to. */
export const pagingAlarmOutput = "PagingAlarm";
export function signalOutputs(): NonNullable<CompiledTemplate["Outputs"]> {
  return {
    [pagingAlarmOutput]: { Value: { "Fn::GetAtt": ["PagingAlarm", "Arn"] } },
    [pages]: { Value: { Ref: pages } },
    [tickets]: { Value: { Ref: tickets } },
  };
}

/** Of alarms that a further gateway does not have, only where they are there. */
function pagingParts(): unknown[] {
  return alarmNames
    .filter((name) => alarmOf(name).severity === "page")
    .map((name) => {
      const { condition } = alarmOf(name);
      const part = { "Fn::Sub": `ALARM("\${${resourceOf(name)}}")` };
      return condition ? { "Fn::If": [condition, part, { Ref: "AWS::NoValue" }] } : part;
    });
}

function alarmResource(name: AlarmName, deployed: Deployed): Resource {
  const alarm = alarmOf(name);
  const { condition, severity, minutes, of, threshold, means } = alarm;
  return {
    Type: "AWS::CloudWatch::Alarm",
    ...(condition && { Condition: condition }),
    Properties: {
      AlarmName: `${deployed.service}-${name}`,
      AlarmDescription: `${means}. Runbook: docs/operations.md#${name.toLowerCase()}`,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      Threshold: threshold,
      DatapointsToAlarm: minutes,
      EvaluationPeriods: of,
      TreatMissingData: "notBreaching",
      ...(severity === "ticket" && {
        AlarmActions: [{ Ref: tickets }],
        OKActions: [{ Ref: tickets }],
      }),
      ...watched(alarm, deployed),
    },
  };
}

/** One metric as it is, or an expression of several. */
function watched({ watch }: Alarm, deployed: Deployed): Record<string, unknown> {
  const [first, ...others] = metricsOf(watch);
  if (first !== undefined && others.length === 0) {
    const { MetricName, Namespace, Dimensions } = named(first, deployed);
    const isPercentile = watch.stat === "p99";
    const Statistic = isPercentile ? { ExtendedStatistic: "p99" } : { Statistic: watch.stat };
    return { MetricName, Namespace, Dimensions, ...Statistic, Period: everyMinute };
  }
  const metrics = metricsOf(watch);
  const idOf = (metric: Metric) => `m${metrics.indexOf(metric)}`;
  const less = "minus" in watch ? (watch.minus ?? []) : [];
  return {
    Metrics: [
      { Id: "value", Expression: expressionOf(watch, idOf), ReturnData: true },
      ...less.map((metric) => ({
        Id: `less${idOf(metric)}`,
        Expression: `-1*${idOf(metric)}`,
        ReturnData: false,
      })),
      ...metrics.map((metric) => ({
        Id: idOf(metric),
        MetricStat: { Metric: named(metric, deployed), Period: everyMinute, Stat: "Sum" },
        ReturnData: false,
      })),
    ],
  };
}

/** `SUM` passes over metrics without a value, as most have none most of the time. */
function expressionOf(watch: Alarm["watch"], idOf: (metric: Metric) => string): string {
  const sum = (metrics: readonly Metric[]) => `SUM([${metrics.map(idOf).join(",")}])`;
  if (watch.stat === "Sum") {
    const less = (watch.minus ?? []).map((metric) => `less${idOf(metric)}`);
    return `SUM([${[...watch.metrics.map(idOf), ...less].join(",")}])`;
  }
  if (watch.stat !== "Percent") throw new TypeError(`${watch.stat} is of one metric`);
  const whole = sum(watch.of);
  return `IF(${whole}>=${watch.least},100*${sum(watch.metrics)}/${whole},0)`;
}

/** As CloudWatch names a metric. */
function named(metric: Metric, deployed: Deployed) {
  if (typeof metric === "string") {
    const Dimensions = [{ Name: dimension, Value: deployed.service }];
    return { Namespace: namespace, MetricName: metric, Dimensions };
  }
  return { Namespace: metric.namespace, MetricName: metric.name, Dimensions: of(metric, deployed) };
}

function of({ namespace, resource }: AwsMetric, { service, stage, tables }: Deployed) {
  const one = (Name: string, Value: unknown) => ({ Name, Value });
  if (namespace === "AWS/Lambda") return [one("FunctionName", `${service}-${resource}`)];
  if (namespace === "AWS/SQS") return [one("QueueName", { "Fn::GetAtt": [resource, "QueueName"] })];
  if (namespace === "AWS/DynamoDB") return [one("TableName", tableNamed(tables[resource]))];
  const itsStage = resource === "HttpApi" ? "$default" : stage;
  return [one("ApiId", { Ref: resource }), one("Stage", itsStage)];
}

/** Told or not is settled when the package is made, and no dimension may be empty. */
function tableNamed(table: unknown): unknown {
  const [, own, told] = Object(table)["Fn::If"] as [string, unknown, string];
  return told === "" ? own : told;
}
