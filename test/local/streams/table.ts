/** A table with a stream, on whichever database, and what a test reads off the stream. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  type GetRecordsOutput,
  GetShardIteratorCommand,
  type ShardIteratorType,
  type StreamViewType,
} from "@aws-sdk/client-dynamodb-streams";
import {
  localClient,
  localCredentials,
  localRegion,
} from "../../../local/emulator/database/tables.ts";
import { hangMs } from "../../support/hang.ts";

export interface StreamedTable {
  client: DynamoDBClient;
  streams: DynamoDBStreamsClient;
  TableName: string;
  StreamArn: string;
  ShardId: string;
  /** What is in the stream from there on, once there are `count` records or more. */
  read(from: Position, count: number): Promise<_Record[]>;
  iterator(from: Position): Promise<string>;
}

export interface Position {
  ShardIteratorType: ShardIteratorType;
  SequenceNumber?: string;
}

export const trimHorizon: Position = { ShardIteratorType: "TRIM_HORIZON" };
export const latest: Position = { ShardIteratorType: "LATEST" };

let tables = 0;

/** A `view` of undefined: no stream. */
export async function createTable(endpoint: string, view: StreamViewType | undefined) {
  const client = localClient(endpoint);
  tables += 1;
  const TableName = `streamed-${tables}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
      ],
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      ...(view && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
    }),
  );
  await waitUntilTableExists(
    { client, maxWaitTime: hangMs / 1_000, minDelay: 0.05 },
    { TableName },
  );
  return { client, TableName };
}

export async function streamedTable(
  endpoint: string,
  view: StreamViewType = "NEW_AND_OLD_IMAGES",
): Promise<StreamedTable> {
  const { client, TableName } = await createTable(endpoint, view);
  return streamOf(endpoint, client, TableName);
}

export async function streamOf(
  endpoint: string,
  client: DynamoDBClient,
  TableName: string,
): Promise<StreamedTable> {
  const credentials = localCredentials;
  const streams = new DynamoDBStreamsClient({ endpoint, region: localRegion, credentials });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const StreamArn = Table?.LatestStreamArn ?? "";
  const described = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = described.StreamDescription?.Shards?.at(-1)?.ShardId ?? "";

  const iterator = async (from: Position) => {
    const asked = { StreamArn, ShardId, ...from };
    return (await streams.send(new GetShardIteratorCommand(asked))).ShardIterator ?? "";
  };
  const read = async (from: Position, count: number) => {
    const records: _Record[] = [];
    let ShardIterator: string | undefined = await iterator(from);
    while (records.length < count) {
      const answer: GetRecordsOutput = await streams.send(new GetRecordsCommand({ ShardIterator }));
      records.push(...(answer.Records ?? []));
      ShardIterator = answer.NextShardIterator;
    }
    return records;
  };
  return { client, streams, TableName, StreamArn, ShardId, iterator, read };
}
