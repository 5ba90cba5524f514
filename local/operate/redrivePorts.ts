/** The queue, the stream and the functions of a deployment, for `redrive`. */
import {
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import {
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
} from "@aws-sdk/client-lambda";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from "@aws-sdk/client-sqs";
import { filterOf } from "../emulator/streams/filterPatterns.ts";
import { streamRecord } from "../emulator/streams/lane.ts";
import type { Batch, GivenRecord, RedrivePorts } from "./redrive.ts";

/** Of one receive (AWS). */
const lettersAtOnce = 10;
/** Longer than a function may run for each of the letters. */
const hiddenSeconds = 3_600;
/** Pages of a shard that have nothing, one after the other: what is looked for is not there. */
const emptyPagesMax = 100;

/** `place` is for tests; by default the shell's region and credentials say where. */
export function redrivePorts(
  queueUrl: string,
  place: Pick<SQSClientConfig, "credentials"> & { endpoint?: string; region?: string } = {},
): RedrivePorts & { close(): void } {
  const sqs = new SQSClient(place);
  const streams = new DynamoDBStreamsClient(place);
  const lambda = new LambdaClient(place);
  return {
    queue: queueAt(sqs, queueUrl),
    read: (batch) => readBatch(streams, batch),
    async filterOf(functionArn) {
      const asked = new ListEventSourceMappingsCommand({ FunctionName: functionArn });
      const { EventSourceMappings = [] } = await lambda.send(asked);
      const filters = EventSourceMappings.flatMap(({ FilterCriteria }) =>
        (FilterCriteria?.Filters ?? []).map(({ Pattern = "{}" }) => JSON.parse(Pattern)),
      );
      return filterOf(filters, functionArn);
    },
    async invoke(FunctionName, records) {
      const Payload = new TextEncoder().encode(JSON.stringify({ Records: records }));
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
      if (answer.FunctionError !== undefined) return records.length;
      const { batchItemFailures = [] } = Object(
        JSON.parse(new TextDecoder().decode(answer.Payload)),
      );
      return batchItemFailures.length;
    },
    close() {
      for (const client of [sqs, streams, lambda]) client.destroy();
    },
  };
}

function queueAt(sqs: SQSClient, QueueUrl: string): RedrivePorts["queue"] {
  return {
    async receive(isHidden) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: lettersAtOnce,
          // All of the queue's servers are asked, and not a sample of them.
          WaitTimeSeconds: 1,
          VisibilityTimeout: isHidden ? hiddenSeconds : 0,
        }),
      );
      return Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "" }) => {
        return { id: MessageId, receipt: ReceiptHandle, body: Body };
      });
    },
    async remove(ReceiptHandle) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    },
    async release(ReceiptHandle) {
      const VisibilityTimeout = 0;
      const asked = { QueueUrl, ReceiptHandle, VisibilityTimeout };
      await sqs.send(new ChangeMessageVisibilityCommand(asked));
    },
  };
}

async function readBatch(
  streams: DynamoDBStreamsClient,
  { streamArn: StreamArn, shardId: ShardId, startSequenceNumber, endSequenceNumber }: Batch,
): Promise<GivenRecord[] | undefined> {
  const found: GivenRecord[] = [];
  try {
    let { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({
        ...{ StreamArn, ShardId },
        ShardIteratorType: "AT_SEQUENCE_NUMBER",
        SequenceNumber: startSequenceNumber,
      }),
    );
    for (let empty = 0; ShardIterator !== undefined && empty < emptyPagesMax; ) {
      const { Records = [], NextShardIterator } = await streams.send(
        new GetRecordsCommand({ ShardIterator }),
      );
      for (const record of Records) {
        // Longer than a number's digits, so compared as integers of any size.
        const at = BigInt(record.dynamodb?.SequenceNumber ?? 0);
        if (at <= BigInt(endSequenceNumber)) found.push(streamRecord(record, StreamArn));
        if (at >= BigInt(endSequenceNumber)) return found;
      }
      empty = Records.length === 0 ? empty + 1 : 0;
      ShardIterator = NextShardIterator;
    }
    return undefined;
  } catch (error) {
    const { name } = error as Error;
    // The shard is gone, or its beginning.
    if (name === "TrimmedDataAccessException" || name === "ResourceNotFoundException") {
      return undefined;
    }
    throw error;
  }
}
