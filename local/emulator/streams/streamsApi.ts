/**
 * The DynamoDB Streams API over dynalite's streams: ListStreams, DescribeStream, GetShardIterator
 * and GetRecords, in the wire form of AWS. Every stream has one shard, which never closes. Unlike
 * on AWS, GetRecords waits a little when there is nothing, so that a reader need not ask all the
 * time and still reads soon.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { type ChangeLog, type ChangeRecord, sequenceNumber } from "./changeLog.ts";

/** A table's description, as dynalite stores it. */
export interface Table {
  TableName: string;
  TableArn: string;
  KeySchema: { AttributeName: string; KeyType: string }[];
  StreamSpecification?: { StreamEnabled: boolean; StreamViewType?: string };
  LatestStreamArn?: string;
  LatestStreamLabel?: string;
}

export interface Streams {
  /** Undefined when there is no such stream. */
  find(streamArn: string): Promise<{ table: Table; log: ChangeLog } | undefined>;
  /** The tables that have one. */
  tables(): Promise<Table[]>;
}

interface Input {
  TableName?: string;
  StreamArn?: string;
  ShardId?: string;
  ShardIteratorType?: string;
  SequenceNumber?: string;
  ShardIterator?: string;
  Limit?: number;
}

class Refusal extends Error {
  readonly type: string;
  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const shardId = "shardId-00000001000000000000-00000001";
const recordsMax = 1000;
const answerBytesMax = 1024 * 1024;
/** AWS: iterators are good for 15 minutes. */
const iteratorAgeMs = 15 * 60_000;
const waitMs = 500;
/**
 * Waits for more after the first record: one answer is cheaper than many, and the handlers, which
 * share a thread with the reader, are done with a message by then. Lambda asks a shard four times
 * a second.
 */
const gatherMs = 50;

export function streamsApi(streams: Streams) {
  const operations: Record<string, (input: Input, gone: AbortSignal) => Promise<object>> = {
    ListStreams: (input) => listStreams(streams, input),
    DescribeStream: (input) => describeStream(streams, input),
    GetShardIterator: (input) => getShardIterator(streams, input),
    GetRecords: (input, gone) => getRecords(streams, input, gone),
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    try {
      const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
      if (operation === undefined) throw new Refusal("UnknownOperationException", name);
      const input = JSON.parse((await text(request)) || "{}");
      answer(response, 200, await operation(input, gone.signal));
    } catch (error) {
      const { type = "InternalServerError", message } = error as Refusal;
      const status = error instanceof Refusal ? 400 : 500;
      answer(response, status, { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message });
    }
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify(body));
}

async function listStreams(streams: Streams, { TableName }: Input) {
  const tables = await streams.tables();
  const wanted = tables.filter((table) => [undefined, table.TableName].includes(TableName));
  return { Streams: wanted.map(summary) };
}

const summary = ({ TableName, LatestStreamArn, LatestStreamLabel }: Table) => ({
  TableName,
  StreamArn: LatestStreamArn,
  StreamLabel: LatestStreamLabel,
});

async function describeStream(streams: Streams, { StreamArn }: Input) {
  const { table, log } = await streamNamed(streams, StreamArn);
  return {
    StreamDescription: {
      ...summary(table),
      StreamStatus: "ENABLED",
      StreamViewType: table.StreamSpecification?.StreamViewType,
      CreationRequestDateTime: Date.parse(`${table.LatestStreamLabel}Z`) / 1000,
      KeySchema: table.KeySchema,
      Shards: [
        {
          ShardId: shardId,
          SequenceNumberRange: { StartingSequenceNumber: sequenceNumber(log.first) },
        },
      ],
    },
  };
}

async function getShardIterator(streams: Streams, input: Input) {
  const { ShardIteratorType = "", SequenceNumber, StreamArn = "" } = input;
  const { log } = await streamNamed(streams, StreamArn);
  if (input.ShardId !== shardId) {
    throw new Refusal("ResourceNotFoundException", `no such shard: ${input.ShardId}`);
  }
  const isByNumber = /_SEQUENCE_NUMBER$/.test(ShardIteratorType);
  if (isByNumber && !/^\d{1,40}$/.test(SequenceNumber ?? "")) {
    throw new Refusal("ValidationException", "SequenceNumber is missing or not a number");
  }
  const number = Number(SequenceNumber);
  const places: Record<string, number> = {
    TRIM_HORIZON: log.first,
    LATEST: log.next,
    AT_SEQUENCE_NUMBER: number,
    AFTER_SEQUENCE_NUMBER: number + 1,
  };
  const place = places[ShardIteratorType];
  if (place === undefined) {
    throw new Refusal("ValidationException", `no such ShardIteratorType: ${ShardIteratorType}`);
  }
  if (place < log.first) throw trimmed();
  return { ShardIterator: iterator({ streamArn: StreamArn, place: Math.min(place, log.next) }) };
}

async function getRecords(streams: Streams, { ShardIterator, Limit }: Input, gone: AbortSignal) {
  const count = Limit ?? recordsMax;
  if (!(Number.isInteger(count) && count >= 1 && count <= recordsMax)) {
    throw new Refusal("ValidationException", `Limit must be from 1 to ${recordsMax}`);
  }
  const { streamArn, place, issuedAtMs } = parsed(ShardIterator);
  const { log } = await streamNamed(streams, streamArn);
  if (Date.now() - issuedAtMs > iteratorAgeMs) {
    throw new Refusal("ExpiredIteratorException", "The iterator has expired.");
  }
  if (place >= log.next) {
    await log.until(place, AbortSignal.any([gone, AbortSignal.timeout(waitMs)]));
    if (place < log.next) await delay(gatherMs);
  }
  if (place < log.first) throw trimmed();
  const records = withinBytes(log.read(place, count));
  const NextShardIterator = iterator({ streamArn, place: place + records.length });
  return { Records: records, NextShardIterator };
}

/** The first in any case. */
function withinBytes(records: ChangeRecord[]): ChangeRecord[] {
  let bytes = 0;
  const end = records.findIndex(({ dynamodb }, i) => {
    bytes += dynamodb.SizeBytes;
    return i > 0 && bytes > answerBytesMax;
  });
  return end < 0 ? records : records.slice(0, end);
}

async function streamNamed(streams: Streams, streamArn = "") {
  const stream = await streams.find(streamArn);
  if (stream) return stream;
  const message = `Requested resource not found: Stream: ${streamArn} not found`;
  throw new Refusal("ResourceNotFoundException", message);
}

const trimmed = () =>
  new Refusal("TrimmedDataAccessException", "The records asked for have been trimmed.");

/** Only this file reads it. */
function iterator({ streamArn, place }: { streamArn: string; place: number }): string {
  return `${streamArn}|${place}|${Date.now()}`;
}

function parsed(shardIterator = "") {
  const [streamArn = "", place, issuedAtMs] = shardIterator.split("|");
  if (place === undefined || issuedAtMs === undefined) {
    throw new Refusal("ValidationException", "Invalid ShardIterator.");
  }
  return { streamArn, place: Number(place), issuedAtMs: Number(issuedAtMs) };
}
