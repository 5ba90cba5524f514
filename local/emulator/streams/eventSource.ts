/**
 * Reads a function's `stream` events, with Lambda's defaults. It takes both forms of
 * serverless.yml: resolved by osls, or the plain file, where `!GetAtt Rooms.StreamArn` is a string.
 * It refuses settings that are not emulated, because a mapping that silently does something else is
 * worse than none.
 */
import { startError } from "../../startError.ts";
import { type Filter, filterOf } from "./filterPatterns.ts";

export interface EventSource {
  functionName: string;
  /** The logical id of the table. */
  table: string;
  startingPosition: "TRIM_HORIZON" | "LATEST";
  batchSize: number;
  /** Batches at once. */
  parallelizationFactor: number;
  /** After the first attempt; Infinity when there is no limit. */
  maximumRetryAttempts: number;
  maximumRecordAgeMs: number;
  bisectsBatches: boolean;
  reportsItemFailures: boolean;
  filter: Filter;
}

/** As far as it is read here. */
interface StreamingFunction {
  events?: { stream?: unknown }[];
}

const known = new Set([
  "type",
  "arn",
  "enabled",
  "batchSize",
  "startingPosition",
  "parallelizationFactor",
  "maximumRetryAttempts",
  "maximumRecordAgeInSeconds",
  "bisectBatchOnFunctionError",
  "functionResponseType",
  "filterPatterns",
  // All queues share one place for dead letters here.
  "destinations",
]);
/** osls's, which is lower than Lambda's. */
const batchSizeDefault = 10;

/** @throws StartError that names the function and the setting */
export function eventSources(functions: Iterable<[string, StreamingFunction]>): EventSource[] {
  return [...functions].flatMap(([functionName, { events = [] }]) =>
    events.flatMap(({ stream }) => (stream ? (eventSource(functionName, stream) ?? []) : [])),
  );
}

function eventSource(functionName: string, stream: unknown): EventSource | undefined {
  const where = `the stream event of ${functionName}`;
  const settings = typeof stream === "string" ? { arn: stream } : Object(stream);
  if (settings.enabled === false) return undefined;
  for (const name of Object.keys(settings)) {
    if (!known.has(name)) throw startError(`"${name}" in ${where} is not emulated`);
  }
  const { type = "dynamodb", startingPosition = "TRIM_HORIZON" } = settings;
  if (type !== "dynamodb") throw startError(`${where} is of the type ${type}, not dynamodb`);
  if (startingPosition !== "TRIM_HORIZON" && startingPosition !== "LATEST") {
    throw startError(`the startingPosition ${startingPosition} in ${where} is not emulated`);
  }
  const orInfinite = (limit: number | undefined) =>
    limit === undefined || limit === -1 ? Number.POSITIVE_INFINITY : limit;
  return {
    functionName,
    table: tableOf(settings.arn, where),
    startingPosition,
    batchSize: settings.batchSize ?? batchSizeDefault,
    parallelizationFactor: settings.parallelizationFactor ?? 1,
    maximumRetryAttempts: orInfinite(settings.maximumRetryAttempts),
    maximumRecordAgeMs: orInfinite(settings.maximumRecordAgeInSeconds) * 1000,
    bisectsBatches: settings.bisectBatchOnFunctionError ?? false,
    reportsItemFailures: settings.functionResponseType === "ReportBatchItemFailures",
    filter: filterOf(settings.filterPatterns, where),
  };
}

/** `!GetAtt Rooms.StreamArn`, in any of its forms. */
function tableOf(arn: unknown, where: string): string {
  const parts = Object(arn)["Fn::GetAtt"] ?? arn;
  const [table, attribute] = Array.isArray(parts) ? parts : String(parts).split(".");
  if (table && attribute === "StreamArn") return table;
  throw startError(`the arn of ${where} is not the StreamArn of a table of this service`);
}
