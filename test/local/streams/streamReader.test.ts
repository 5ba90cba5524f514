/**
 * Reading a stream whose shards end and whose records vanish: what neither local database does
 * while somebody watches. A server plays a stream with shards of the test's making.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { expect, it, onTestFinished } from "vitest";
import { startReader } from "../../../local/emulator/streams/streamReader.ts";
import { inbox } from "../../support/inbox.ts";

interface PlayedShard {
  parent?: string;
  records: string[];
  isClosed: boolean;
}

interface Played {
  shards: Record<string, PlayedShard>;
  /** The error that the next GetRecords is answered with. */
  error?: string | undefined;
  isGone: boolean;
  asked: string[];
}

const played = (shards: Played["shards"]): Played => ({ shards, isGone: false, asked: [] });

async function play(stream: Played): Promise<DynamoDBStreamsClient> {
  const server = createServer(async (request, response) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const input = JSON.parse(await text(request));
    const failure = stream.isGone ? "ResourceNotFoundException" : undefined;
    const error = failure ?? (operation === "GetRecords" ? stream.error : undefined);
    if (error !== failure) stream.error = undefined;
    const body = error ? { __type: `x#${error}` } : answerTo(stream, operation, input);
    response.writeHead(error ? 400 : 200, { "content-type": "application/x-amz-json-1.0" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const client = new DynamoDBStreamsClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

function answerTo(stream: Played, operation: string, input: Record<string, string>): object {
  if (operation === "DescribeStream") {
    const Shards = Object.entries(stream.shards).map(([ShardId, { parent, isClosed }]) => ({
      ShardId,
      ...(parent && { ParentShardId: parent }),
      SequenceNumberRange: {
        StartingSequenceNumber: "1",
        ...(isClosed && { EndingSequenceNumber: "9" }),
      },
    }));
    return { StreamDescription: { Shards } };
  }
  if (operation === "GetShardIterator") {
    const { ShardId = "", ShardIteratorType = "", SequenceNumber = "" } = input;
    stream.asked.push(`${ShardId} ${ShardIteratorType}${SequenceNumber && ` ${SequenceNumber}`}`);
    const records = stream.shards[ShardId]?.records ?? [];
    const places: Record<string, number> = {
      LATEST: records.length,
      AFTER_SEQUENCE_NUMBER: records.indexOf(SequenceNumber) + 1,
    };
    return { ShardIterator: `${ShardId}|${places[ShardIteratorType] ?? 0}` };
  }
  const [shardId = "", place] = input["ShardIterator"]?.split("|") ?? [];
  const { records = [], isClosed = true } = stream.shards[shardId] ?? {};
  const Records = records
    .slice(Number(place))
    .map((SequenceNumber) => ({ eventID: SequenceNumber, dynamodb: { SequenceNumber } }));
  return { Records, ...(!isClosed && { NextShardIterator: `${shardId}|${records.length}` }) };
}

async function read(stream: Played, startingPosition: "TRIM_HORIZON" | "LATEST") {
  const records = inbox<string>();
  const stopping = new AbortController();
  onTestFinished(() => stopping.abort());
  const reader = await startReader({
    client: await play(stream),
    streamArn: "arn",
    startingPosition,
    signal: stopping.signal,
    onRecords: async (all) => {
      for (const { eventID = "" } of all) records.put(eventID);
    },
  });
  const until = async (last: string) => {
    while (records.all.at(-1) !== last) {
      await records.next(last, (record): record is string => record !== undefined);
    }
    return records.all;
  };
  return { ...reader, until, stop: () => stopping.abort() };
}

it("reads a shard to its end before its children, which may appear later", async () => {
  const stream = played({
    root: { records: ["1", "2"], isClosed: true },
    left: { parent: "root", records: ["3"], isClosed: true },
    leaf: { parent: "left", records: ["4"], isClosed: false },
  });
  const { until } = await read(stream, "TRIM_HORIZON");
  expect(await until("4")).toEqual(["1", "2", "3", "4"]);

  stream.shards["late"] = { parent: "leaf", records: ["6"], isClosed: false };
  Object.assign(stream.shards["leaf"] as PlayedShard, { records: ["4", "5"], isClosed: true });
  expect(await until("6")).toEqual(["1", "2", "3", "4", "5", "6"]);
});

it("starts at LATEST with the open shards only, and reads their children whole", async () => {
  const stream = played({
    root: { records: ["1"], isClosed: true },
    leaf: { parent: "root", records: ["2"], isClosed: false },
  });
  const { until } = await read(stream, "LATEST");
  Object.assign(stream.shards["leaf"] as PlayedShard, { records: ["2", "3"], isClosed: true });
  stream.shards["next"] = { parent: "leaf", records: ["4"], isClosed: false };
  expect(await until("4")).toEqual(["3", "4"]);
  expect(stream.asked).toEqual(["leaf LATEST", "next TRIM_HORIZON"]);
});

it.each([
  ["ExpiredIteratorException", ["only TRIM_HORIZON", "only AFTER_SEQUENCE_NUMBER 1"]],
  ["TrimmedDataAccessException", ["only TRIM_HORIZON", "only TRIM_HORIZON"]],
  ["InternalServerError", ["only TRIM_HORIZON"]],
])("goes on after %s", async (error, asked) => {
  const stream = played({ only: { records: ["1"], isClosed: false } });
  const { until } = await read(stream, "TRIM_HORIZON");
  await until("1");
  stream.error = error;
  while (stream.error !== undefined) await new Promise(setImmediate);
  stream.shards["only"]?.records.push("2");
  await until("2");
  expect(stream.asked).toEqual(asked);
});

it("reports that the stream is gone, but not that it was told to stop", async () => {
  const stream = played({ only: { records: ["1"], isClosed: false } });
  const stopped = await read(stream, "TRIM_HORIZON");
  stopped.stop();
  await stopped.ended;

  const { until, ended } = await read(stream, "TRIM_HORIZON");
  await until("1");
  stream.isGone = true;
  await expect(ended).rejects.toMatchObject({ name: "ResourceNotFoundException" });
});
