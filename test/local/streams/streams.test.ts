/**
 * The DynamoDB Streams API, the same on both databases: Amazon's own says what ours has to do. Each
 * test has a table of its own, and ends its writes with one that marks the end, so that what has no
 * record is seen to have none.
 */
import {
  BatchWriteItemCommand,
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  UpdateTableCommand,
} from "@aws-sdk/client-dynamodb";
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, startDatabase } from "../../../local/emulator/database/database.ts";
import { databaseKinds } from "../java.ts";
import {
  createTable,
  latest,
  type StreamedTable,
  streamedTable,
  streamOf,
  trimHorizon,
} from "./table.ts";

const key = (sk: string) => ({ pk: { S: "a" }, sk: { S: sk } });
const end = "the end";

const put = ({ client, TableName }: Written, sk: string, text = "") =>
  client.send(new PutItemCommand({ TableName, Item: { ...key(sk), text: { S: text } } }));
const remove = ({ client, TableName }: Written, sk: string) =>
  client.send(new DeleteItemCommand({ TableName, Key: key(sk) }));
const update = ({ client, TableName }: Written, sk: string, text: string, attribute = "text") =>
  client.send(
    new UpdateItemCommand({
      TableName,
      Key: key(sk),
      UpdateExpression: `SET #a = :text`,
      ExpressionAttributeNames: { "#a": attribute },
      ExpressionAttributeValues: { ":text": { S: text } },
    }),
  );
type Written = Pick<StreamedTable, "client" | "TableName">;

/** Everything in the stream up to the mark, which is written now. */
async function all(table: StreamedTable) {
  await put(table, end);
  for (let count = 1; ; count++) {
    const records = await table.read(trimHorizon, count);
    if (records.at(-1)?.dynamodb?.Keys?.["sk"]?.S === end) return records.slice(0, -1);
  }
}

const short = async (table: StreamedTable) =>
  (await all(table)).map(({ eventName, dynamodb }) => ({
    eventName,
    sk: dynamodb?.Keys?.["sk"]?.S,
    old: dynamodb?.OldImage?.["text"]?.S,
    new: dynamodb?.NewImage?.["text"]?.S,
  }));

describe.each(databaseKinds)("a stream on %s", (kind) => {
  let database: Database;
  let table: StreamedTable;
  beforeAll(async () => {
    database = await startDatabase({ kind });
  });
  afterAll(() => database.stop());
  const start = async (...view: [Parameters<typeof streamedTable>[1]?]) => {
    table = await streamedTable(database.endpoint, ...view);
    return table;
  };

  it("has a record for every put, update and delete, with its effect on the item", async () => {
    await start();
    await put(table, "1", "a");
    await put(table, "1", "b");
    await update(table, "1", "c");
    await update(table, "2", "d");
    await remove(table, "1");
    expect(await short(table)).toEqual([
      { eventName: "INSERT", sk: "1", old: undefined, new: "a" },
      { eventName: "MODIFY", sk: "1", old: "a", new: "b" },
      { eventName: "MODIFY", sk: "1", old: "b", new: "c" },
      { eventName: "INSERT", sk: "2", old: undefined, new: "d" },
      { eventName: "REMOVE", sk: "1", old: "c", new: undefined },
    ]);
  });

  it("has a record for each item of a batch", async () => {
    const { client, TableName } = await start();
    await put(table, "gone", "x");
    const requests = ["1", "2", "3"].map((sk) => ({
      PutRequest: { Item: { ...key(sk), text: { S: sk } } },
    }));
    const RequestItems = { [TableName]: [...requests, { DeleteRequest: { Key: key("gone") } }] };
    await client.send(new BatchWriteItemCommand({ RequestItems }));
    const records = (await short(table)).slice(1);
    expect(records.map(({ eventName, sk }) => `${eventName} ${sk}`).sort()).toEqual([
      "INSERT 1",
      "INSERT 2",
      "INSERT 3",
      "REMOVE gone",
    ]);
  });

  it("has no record for a write that failed, changed nothing, or removed nothing", async () => {
    const { client, TableName } = await start();
    await put(table, "1", "a");
    const ConditionExpression = "attribute_not_exists(pk)";
    const Item = { ...key("1"), text: { S: "b" } };
    const conditional = new PutItemCommand({ TableName, Item, ConditionExpression });
    await expect(client.send(conditional)).rejects.toThrow("conditional");
    await put(table, "1", "a");
    await update(table, "1", "a");
    await remove(table, "2");
    expect((await short(table)).map(({ eventName }) => eventName)).toEqual(["INSERT"]);
  });

  it("has the whole item after an update of a part", async () => {
    await start("NEW_IMAGE");
    await put(table, "1", "a");
    await update(table, "1", "b", "other");
    const [, { dynamodb } = {}] = await all(table);
    expect(dynamodb?.NewImage).toEqual({ ...key("1"), text: { S: "a" }, other: { S: "b" } });
  });

  it.each([
    ["KEYS_ONLY", undefined, undefined],
    ["NEW_IMAGE", undefined, "b"],
    ["OLD_IMAGE", "a", undefined],
    ["NEW_AND_OLD_IMAGES", "a", "b"],
  ] as const)("has the images that its view %s names", async (view, before, after) => {
    await start(view);
    await put(table, "1", "a");
    await put(table, "1", "b");
    await put(table, end);
    const [, { dynamodb } = {}] = await table.read(trimHorizon, 3);
    expect(dynamodb).toMatchObject({ StreamViewType: view, Keys: key("1") });
    expect(dynamodb?.OldImage?.["text"]?.S).toBe(before);
    expect(dynamodb?.NewImage?.["text"]?.S).toBe(after);
  });

  it("numbers its records upwards, and has their source and size", async () => {
    await start();
    for (const sk of ["1", "2", "3"]) await put(table, sk);
    const records = await all(table);
    const numbers = records.map(({ dynamodb }) => BigInt(dynamodb?.SequenceNumber ?? ""));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => (a < b ? -1 : 1)));
    expect(new Set(records.map(({ eventID }) => eventID)).size).toBe(3);
    expect(records[0]).toMatchObject({
      eventSource: "aws:dynamodb",
      awsRegion: expect.any(String),
      eventVersion: expect.any(String),
      dynamodb: { SizeBytes: expect.any(Number), ApproximateCreationDateTime: expect.any(Date) },
    });
  });

  it("keeps the order of concurrent writes to one partition", async () => {
    const { client, TableName } = await start();
    const count = 40;
    const ConditionExpression = "attribute_not_exists(pk)";
    // Each writer takes the first free place, as rooms' logs do.
    const append = async () => {
      for (let place = 0; ; place++) {
        const Item = key(String(place).padStart(4, "0"));
        const asked = new PutItemCommand({ TableName, Item, ConditionExpression });
        if (await client.send(asked).catch(() => undefined)) return;
      }
    };
    for (let i = 0; i < count; i += 8) await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(append));
    const places = (await short(table)).map(({ sk }) => sk);
    expect(places).toEqual([...places].sort());
    expect(places).toHaveLength(count);
  });

  it("is read from its beginning, from now on, at a record and after one", async () => {
    await start();
    for (const sk of ["1", "2", "3"]) await put(table, sk);
    const records = await table.read(trimHorizon, 3);
    const sks = (read: typeof records) => read.map(({ dynamodb }) => dynamodb?.Keys?.["sk"]?.S);
    expect(sks(records)).toEqual(["1", "2", "3"]);
    const SequenceNumber = records[1]?.dynamodb?.SequenceNumber ?? "";
    const at = { ShardIteratorType: "AT_SEQUENCE_NUMBER", SequenceNumber } as const;
    const after = { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber } as const;
    expect(sks(await table.read(at, 2))).toEqual(["2", "3"]);
    expect(sks(await table.read(after, 1))).toEqual(["3"]);

    const ShardIterator = await table.iterator(latest);
    const nothing = await table.streams.send(new GetRecordsCommand({ ShardIterator }));
    expect(nothing.Records).toEqual([]);
    await put(table, "4");
    const next = { ShardIterator: nothing.NextShardIterator };
    const { Records = [] } = await table.streams.send(new GetRecordsCommand(next));
    expect(sks(Records)).toEqual(["4"]);
  });

  it("is read in parts of the size that the reader asks for", async () => {
    await start();
    for (const sk of ["1", "2", "3"]) await put(table, sk);
    const ShardIterator = await table.iterator(trimHorizon);
    const { Records, NextShardIterator } = await table.streams.send(
      new GetRecordsCommand({ ShardIterator, Limit: 2 }),
    );
    expect(Records).toHaveLength(2);
    const rest = new GetRecordsCommand({ ShardIterator: NextShardIterator, Limit: 2 });
    expect((await table.streams.send(rest)).Records).toHaveLength(1);
  });

  it("is listed by its table", async () => {
    const { streams, TableName, StreamArn } = await start();
    const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
    expect(Streams).toMatchObject([{ TableName, StreamArn }]);
    const everything = await streams.send(new ListStreamsCommand({}));
    expect(everything.Streams).toContainEqual(expect.objectContaining({ StreamArn }));
  });

  it("starts when a table without a stream is given one", async () => {
    const { client, TableName } = await createTable(database.endpoint, undefined);
    await put({ client, TableName }, "before");
    const StreamSpecification = { StreamEnabled: true, StreamViewType: "NEW_IMAGE" } as const;
    await client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
    table = await streamOf(database.endpoint, client, TableName);
    await put(table, "1", "a");
    expect((await short(table)).map(({ sk }) => sk)).toEqual(["1"]);
  });

  it("refuses a stream that does not exist", async () => {
    const { streams, ShardId, StreamArn } = await start();
    const asked = { ShardId, ShardIteratorType: "LATEST" } as const;
    const other = new GetShardIteratorCommand({ ...asked, StreamArn: `${StreamArn}9` });
    await expect(streams.send(other)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
