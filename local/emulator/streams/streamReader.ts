/**
 * Reads a stream from a position, shard after shard, and passes the records on in order. A shard's
 * children are read after its end, which keeps the order when DynamoDB splits or replaces a shard.
 * An idle database gets few requests: dynalite answers late when it has nothing, and DynamoDB Local
 * is asked ten times a second.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  type _Record,
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type Shard,
  type ShardIteratorType,
} from "@aws-sdk/client-dynamodb-streams";

interface ReaderOptions {
  client: DynamoDBStreamsClient;
  streamArn: string;
  startingPosition: "TRIM_HORIZON" | "LATEST";
  signal: AbortSignal;
  /** No more is read from a shard until it resolves. */
  onRecords(records: _Record[]): Promise<void>;
}

interface Position {
  ShardIteratorType: ShardIteratorType;
  SequenceNumber?: string;
}

interface Start {
  shardId: string | undefined;
  position: Position;
  iterator?: string | undefined;
}

/** The interval at which an empty shard is read. */
const pollIntervalMs = 100;
/** After a temporary error: the database is busy, or restarts. */
const errorDelayMs = 500;

/**
 * Returns when the starting point is set. `ended` rejects when the stream is gone, and resolves
 * after `signal`.
 */
export async function startReader(options: ReaderOptions): Promise<{ ended: Promise<void> }> {
  const { startingPosition, signal } = options;
  const shards = await shardsOf(options);
  const seen = new Set(shards.map(({ ShardId }) => ShardId));
  const isRoot = ({ ParentShardId, SequenceNumberRange }: Shard) =>
    startingPosition === "LATEST"
      ? SequenceNumberRange?.EndingSequenceNumber === undefined
      : !seen.has(ParentShardId);
  const position = { ShardIteratorType: startingPosition };
  const starts = await Promise.all(
    shards.filter(isRoot).map(async ({ ShardId: shardId }) => {
      return { shardId, position, iterator: await iteratorAt(options, shardId, position) };
    }),
  );

  async function follow(start: Start): Promise<void> {
    await readShard(options, start);
    if (signal.aborted) return;
    const position = { ShardIteratorType: "TRIM_HORIZON" } as const;
    const children = await childrenOf(options, start.shardId);
    await Promise.all(children.map(({ ShardId: shardId }) => follow({ shardId, position })));
  }

  const reading = Promise.all(starts.map(follow));
  const ended = reading.then(
    () => {},
    (error) => {
      if (!signal.aborted) throw error;
    },
  );
  return { ended };
}

/** Reads a shard to its end, or until `signal`. */
async function readShard(options: ReaderOptions, start: Start): Promise<void> {
  const { client, signal, onRecords } = options;
  let { position, iterator } = start;
  while (!signal.aborted) {
    const askedMs = performance.now();
    try {
      iterator ??= await iteratorAt(options, start.shardId, position);
      const asked = new GetRecordsCommand({ ShardIterator: iterator });
      const { Records = [], NextShardIterator } = await client.send(asked, { abortSignal: signal });
      const SequenceNumber = Records.at(-1)?.dynamodb?.SequenceNumber;
      if (SequenceNumber) position = { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber };
      if (Records.length > 0) await onRecords(Records);
      else await pause(pollIntervalMs - (performance.now() - askedMs), signal);
      if (NextShardIterator === undefined) return;
      iterator = NextShardIterator;
    } catch (error) {
      const { name } = error as Error;
      if (signal.aborted) return;
      if (name === "ResourceNotFoundException") throw error;
      if (name === "ExpiredIteratorException") iterator = undefined;
      if (name === "TrimmedDataAccessException") {
        iterator = undefined;
        position = { ShardIteratorType: "TRIM_HORIZON" };
      }
      await pause(errorDelayMs, signal);
    }
  }
}

async function iteratorAt(
  { client, streamArn, signal }: ReaderOptions,
  ShardId: string | undefined,
  position: Position,
): Promise<string | undefined> {
  const asked = new GetShardIteratorCommand({ StreamArn: streamArn, ShardId, ...position });
  return (await client.send(asked, { abortSignal: signal })).ShardIterator;
}

/** Children may take a moment to appear. A stream that was turned off gets none. */
async function childrenOf(options: ReaderOptions, parent: string | undefined): Promise<Shard[]> {
  for (;;) {
    const shards = await shardsOf(options);
    const children = shards.filter(({ ParentShardId }) => ParentShardId === parent);
    if (children.length > 0 || options.signal.aborted) return children;
    await pause(errorDelayMs, options.signal);
  }
}

async function shardsOf({ client, streamArn, signal }: ReaderOptions): Promise<Shard[]> {
  const shards: Shard[] = [];
  let ExclusiveStartShardId: string | undefined;
  do {
    const asked = new DescribeStreamCommand({
      StreamArn: streamArn,
      ...(ExclusiveStartShardId && { ExclusiveStartShardId }),
    });
    const { StreamDescription } = await client.send(asked, { abortSignal: signal });
    shards.push(...(StreamDescription?.Shards ?? []));
    ExclusiveStartShardId = StreamDescription?.LastEvaluatedShardId;
  } while (ExclusiveStartShardId !== undefined);
  return shards;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return delay(Math.max(0, ms), undefined, { signal, ref: false }).catch(() => {});
}
