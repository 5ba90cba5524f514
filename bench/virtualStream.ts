/**
 * The stream of a table in virtual time, and the functions that it sets off, mapped as
 * serverless.yml says: filters, batch sizes, the records of a room that failed once more. A
 * function reads each of the stream's shards by itself: while it works on one batch, the next
 * gathers.
 */
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import type { VirtualTime } from "../capacity/measuring/virtualTime.ts";
import { localCredentials, localRegion } from "../local/emulator/database/tables.ts";
import type { EventSource } from "../local/emulator/streams/eventSource.ts";
import { type StreamRecord, streamRecord } from "../local/emulator/streams/lane.ts";

/** An empty shard is asked four times a second (AWS). */
const pollMs = 250;
/** As many as a new table has partitions (AWS). */
export const streamShards = 4;

export interface StreamedFunction {
  source: Pick<EventSource, "batchSize" | "filter">;
  invoke(event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse>;
}

interface VirtualStream {
  /** Resolves when every record was taken, and what it set off is done; reads no more. */
  drained(): Promise<void>;
}

interface Shard {
  waiting: StreamRecord[];
  isBusy: boolean;
}

/** Read from now on. `written` counts the writes to the table, so that it is not asked in vain. */
export async function virtualStream(
  endpoint: string,
  table: string,
  time: VirtualTime,
  functions: readonly StreamedFunction[],
  written: () => number,
): Promise<VirtualStream> {
  const read = await readerOf(endpoint, table);
  const lanes = functions.map((each) => ({
    ...each,
    shards: Array.from({ length: streamShards }, (): Shard => ({ waiting: [], isBusy: false })),
  }));
  let received = written();
  let reading: Promise<void> | undefined;
  let isEnded = false;
  const readAll = async () => {
    const records = await read();
    // Nothing is left, then: some write changed nothing.
    received = records.length === 0 ? written() : received + records.length;
    for (const record of records) {
      for (const { source, shards } of lanes) {
        if (source.filter(record)) shards[shardOf(record)]?.waiting.push(record);
      }
    }
    reading = undefined;
  };
  const refill = () => {
    if (received < written()) reading ??= readAll();
    return reading;
  };
  const follow = async (shard: Shard, { source, invoke }: StreamedFunction) => {
    while (!isEnded) {
      await time.pass(0, async () => refill());
      const batch = shard.waiting.splice(0, source.batchSize);
      shard.isBusy = batch.length > 0;
      if (!shard.isBusy) {
        await time.pass(pollMs, async () => {});
        continue;
      }
      const { batchItemFailures } = await invoke({ Records: batch as never });
      const failed = batchItemFailures.map(({ itemIdentifier }) =>
        batch.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === itemIdentifier),
      );
      if (failed.length > 0) shard.waiting.unshift(...batch.slice(Math.min(...failed)));
    }
  };
  const following = lanes.flatMap((lane) => lane.shards.map((shard) => follow(shard, lane)));
  const isDone = () =>
    received >= written() &&
    lanes.every(({ shards }) =>
      shards.every(({ waiting, isBusy }) => waiting.length === 0 && !isBusy),
    );
  return {
    async drained() {
      do await time.pass(pollMs, async () => {});
      while (!isDone());
      isEnded = true;
      await Promise.all(following);
    },
  };
}

/** Items of one partition stay in one shard. */
function shardOf({ dynamodb }: StreamRecord): number {
  const partition = JSON.stringify(Object(dynamodb.Keys["pk"]));
  let sum = 0;
  for (const character of partition) sum = (sum * 31 + character.charCodeAt(0)) % 65_521;
  return sum % streamShards;
}

/** Returns what was written since it was called last. */
async function readerOf(
  endpoint: string,
  TableName: string,
): Promise<() => Promise<StreamRecord[]>> {
  const client = new DynamoDBStreamsClient({
    endpoint,
    region: localRegion,
    credentials: localCredentials,
  });
  const { Streams = [] } = await client.send(new ListStreamsCommand({ TableName }));
  const StreamArn = Streams[0]?.StreamArn ?? "";
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const latest = { StreamArn, ShardId, ShardIteratorType: "LATEST" } as const;
  let { ShardIterator } = await client.send(new GetShardIteratorCommand(latest));
  return async () => {
    const { Records = [], NextShardIterator } = await client.send(
      new GetRecordsCommand({ ShardIterator }),
    );
    ShardIterator = NextShardIterator;
    return Records.map((record) => streamRecord(record, StreamArn));
  };
}
