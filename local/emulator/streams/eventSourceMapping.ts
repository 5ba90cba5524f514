/**
 * Does Lambda's work between a table's stream and a function: reads it, applies the filter, and
 * invokes the function with batches, several at once. Records of one item are in one lane and keep
 * their order. Records of one partition need not: with more than one lane AWS does not promise it.
 * A mapping has no memory. It ignores its `startingPosition` and reads the writes that follow its
 * start, because older records of a kept table were for an earlier process.
 */
import { createHash } from "node:crypto";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { startError } from "../../startError.ts";
import { localClient, localCredentials, localRegion, type TableNames } from "../database/tables.ts";
import type { EventSource } from "./eventSource.ts";
import { type GivenUp, type Invoked, openLane, type StreamRecord, streamRecord } from "./lane.ts";
import { startReader } from "./streamReader.ts";

interface MappingOptions {
  /** Of DynamoDB. */
  endpoint: string;
  tables: TableNames;
  invoke(functionName: string, event: { Records: StreamRecord[] }): Promise<Invoked>;
  /** In place of the queue. */
  onGivenUp(functionName: string, givenUp: GivenUp): void;
  /** The stream is gone, and nothing is delivered any more. */
  onEnded(source: EventSource, error: Error): void;
  retryDelayMs?: number;
  /** Records in work for each mapping. Reading waits at this limit. */
  recordsInHandMax?: number;
  startingPosition?: EventSource["startingPosition"];
}

export interface Mappings {
  stop(): Promise<void>;
}

const defaults = { retryDelayMs: 100, recordsInHandMax: 10_000 };

/**
 * Returns when each mapping has its starting point. @throws StartError when a table has no stream
 */
export async function startMappings(
  sources: EventSource[],
  options: MappingOptions,
): Promise<Mappings> {
  const stopping = new AbortController();
  const { endpoint } = options;
  const credentials = localCredentials;
  const client = new DynamoDBStreamsClient({ endpoint, region: localRegion, credentials });
  const running: Promise<void>[] = [];
  for (const source of sources) {
    const streamArn = await streamOf(source, options);
    const take = intoLanes(source, stopping.signal, options);
    const { ended } = await startReader({
      client,
      streamArn,
      startingPosition: options.startingPosition ?? "LATEST",
      signal: stopping.signal,
      onRecords: async (records) =>
        take(records.map((record) => streamRecord(record, streamArn)).filter(source.filter)),
    });
    running.push(ended.catch((error) => options.onEnded(source, error)));
  }
  return {
    async stop() {
      stopping.abort();
      await Promise.all(running);
      client.destroy();
    },
  };
}

async function streamOf({ functionName, table }: EventSource, options: MappingOptions) {
  const TableName = options.tables[table];
  const where = `the stream event of ${functionName}`;
  if (TableName === undefined) throw startError(`${where} names no table of this service`);
  const client = localClient(options.endpoint);
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  client.destroy();
  if (Table?.LatestStreamArn) return Table.LatestStreamArn;
  throw startError(`${where} needs a StreamSpecification in the table ${table}`);
}

function intoLanes(source: EventSource, signal: AbortSignal, options: MappingOptions) {
  const { invoke, onGivenUp, retryDelayMs, recordsInHandMax } = { ...defaults, ...options };
  const { functionName } = source;
  let inHand = 0;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const go of waiting) go();
    waiting.clear();
  };
  signal.addEventListener("abort", wake);
  const lanes = Array.from({ length: source.parallelizationFactor }, () =>
    openLane({
      source,
      signal,
      retryDelayMs,
      invoke: (Records) => invoke(functionName, { Records }),
      onGivenUp: (givenUp) => onGivenUp(functionName, givenUp),
      onDone: (count) => {
        inHand -= count;
        wake();
      },
    }),
  );
  return async (records: StreamRecord[]): Promise<void> => {
    inHand += records.length;
    for (const record of records) lanes[laneOf(record, lanes.length)]?.add(record);
    while (inHand >= recordsInHandMax && !signal.aborted) {
      await new Promise<void>((go) => void waiting.add(go));
    }
  };
}

/** By item: partition and sort key. */
function laneOf({ dynamodb: { Keys } }: StreamRecord, count: number): number {
  const names = Object.keys(Keys).sort();
  const item = JSON.stringify(names.map((name) => Keys[name]));
  return createHash("sha256").update(item).digest().readUInt32BE() % count;
}
