/**
 * What Lambda does between a table's stream and a function: reads it, leaves out what the filter
 * does not let through, and invokes the function with batches, several at once. Records of one item
 * are in one lane and keep their order; those of one partition need not be, since that is all that
 * AWS promises when there is more than one lane. Nothing here remembers where it was: a mapping
 * begins with what is written after its start, whatever its `startingPosition` says, because what
 * a kept table has in its stream was there for an earlier process.
 */
import { createHash } from "node:crypto";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { startError } from "../../startError.ts";
import { localClient, localCredentials, localRegion, type TableNames } from "../database/tables.ts";
import type { EventSource } from "./eventSource.ts";
import { type GivenUp, type Invoked, openLane } from "./lane.ts";
import { startReader } from "./streamReader.ts";
import { type StreamRecord, streamRecord } from "./streamRecord.ts";

export interface MappingOptions {
  /** Of DynamoDB. */
  endpoint: string;
  tables: TableNames;
  invoke(functionName: string, event: { Records: StreamRecord[] }): Promise<Invoked>;
  /** In place of the queue. */
  onGivenUp(functionName: string, givenUp: GivenUp): void;
  /** The stream is gone: nothing is delivered any more. */
  onEnded(source: EventSource, error: Error): void;
  retryDelayMs?: number;
  /** Read and not done with, for each mapping; beyond that reading waits. */
  recordsInHandMax?: number;
  startingPosition?: EventSource["startingPosition"];
}

export interface Mappings {
  stop(): Promise<void>;
}

const defaults = { retryDelayMs: 100, recordsInHandMax: 10_000 };

/** Returns when it is settled where each begins. @throws StartError when a table has no stream */
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
