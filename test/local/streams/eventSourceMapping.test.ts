/**
 * What Lambda promises of a DynamoDB stream's mapping, on a real stream with a function that the
 * test itself plays: it sees each batch, and says what becomes of it.
 */
import { type AttributeValue, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Database, startDatabase } from "../../../local/database.ts";
import { eventSources } from "../../../local/streams/eventSource.ts";
import { type Mappings, startMappings } from "../../../local/streams/eventSourceMapping.ts";
import type { GivenUp, Invoked } from "../../../local/streams/lane.ts";
import type { StreamRecord } from "../../../local/streams/streamRecord.ts";
import { type Inbox, inbox } from "../../support/inbox.ts";
import { hasJava } from "../java.ts";
import { createTable } from "./table.ts";

const kinds = hasJava ? (["dynalite", "local"] as const) : (["dynalite"] as const);
const ok: Invoked = { returned: null };
const failed: Invoked = { failed: { name: "Error", message: "on purpose" } };

interface Batch {
  functionName: string;
  records: StreamRecord[];
  /** Of the items, in order. */
  names: string[];
  answer(invoked: Invoked): void;
}

describe.each(kinds)("a mapping on %s", { timeout: 60_000 }, (kind) => {
  let database: Database;
  let mappings: Mappings | undefined;
  let batches: Inbox<Batch>;
  let givenUp: Inbox<GivenUp>;
  let put: (name: string, room?: string, more?: Record<string, AttributeValue>) => Promise<unknown>;
  let written = 0;
  let read: Inbox<unknown>;

  beforeAll(async () => {
    database = await startDatabase({ kind });
  });
  afterAll(() => database.stop());
  afterEach(() => mappings?.stop());

  const next = () => batches.next("a batch", (batch): batch is Batch => batch !== undefined);
  const nextGivenUp = () => givenUp.next("what was given up", (each): each is GivenUp => !!each);

  /** With `answer`, the function answers by itself. */
  async function start(
    settings: object,
    answer?: (batch: Batch) => Invoked,
    before: string[] = [],
  ): Promise<void> {
    const { endpoint } = database;
    const { client, TableName } = await createTable(endpoint, "NEW_IMAGE");
    batches = inbox();
    givenUp = inbox();
    read = inbox();
    put = (name, room = "a", more = {}) => {
      const Item = { pk: { S: room }, sk: { S: name }, ...more };
      written += 1;
      return client.send(new PutItemCommand({ TableName, Item }));
    };
    for (const name of before) await put(name);
    written = 0;
    const stream = { type: "dynamodb", arn: "Table.StreamArn", ...settings };
    const sources = eventSources([["work", { events: [{ stream }] }]]).map((source) => ({
      ...source,
      filter: (record: unknown) => {
        read.put(record);
        return source.filter(record);
      },
    }));
    mappings = await startMappings(sources, {
      endpoint,
      tables: { Table: TableName },
      retryDelayMs: 1,
      invoke: (functionName, { Records: records }) =>
        new Promise((resolve) => {
          const names = records.map(({ dynamodb }) => String(Object(dynamodb.Keys["sk"]).S));
          const batch = { functionName, records, names, answer: resolve };
          batches.put(batch);
          if (answer) resolve(answer(batch));
        }),
      onGivenUp: (_, what) => givenUp.put(what),
      onEnded: (_, error) => batches.end(error),
    });
  }

  const itemFailures =
    (...names: string[]) =>
    (batch: Batch): Invoked => ({
      returned: {
        batchItemFailures: batch.records
          .filter((_, i) => names.includes(batch.names[i] ?? ""))
          .map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })),
      },
    });
  const throwing =
    (...names: string[]) =>
    (batch: Batch): Invoked =>
      batch.names.some((name) => names.includes(name)) ? failed : ok;
  /** One lane, whose first batch of one, "first", is held up until the rest has been written. */
  async function writeBehind(names: string[]): Promise<Batch> {
    await put("first");
    const first = await next();
    for (const name of names) await put(name);
    await settled();
    return first;
  }
  const handed = () => batches.all.map(({ names }) => names.join(" "));

  it("invokes its function with records in Lambda's form", async () => {
    await start({});
    await put("1", "a", { delivery: { S: "stream" }, bytes: { B: Buffer.from("é") } });
    const { functionName, records } = await next();
    expect(functionName).toBe("work");
    const Keys = { pk: { S: "a" }, sk: { S: "1" } };
    expect(records).toEqual([
      {
        eventID: expect.any(String),
        eventName: "INSERT",
        eventVersion: expect.stringMatching(/^1\./),
        eventSource: "aws:dynamodb",
        awsRegion: expect.any(String),
        eventSourceARN: expect.stringMatching(/^arn:aws:dynamodb:.*:table\/streamed-\d+\/stream\//),
        dynamodb: {
          ApproximateCreationDateTime: expect.any(Number),
          Keys,
          NewImage: { ...Keys, delivery: { S: "stream" }, bytes: { B: "w6k=" } },
          SequenceNumber: expect.stringMatching(/^\d+$/),
          SizeBytes: expect.any(Number),
          StreamViewType: "NEW_IMAGE",
        },
      },
    ]);
  });

  it("leaves out what its filter does not let through", async () => {
    const pattern = { eventName: ["INSERT"], dynamodb: { Keys: { sk: { S: [{ prefix: "x" }] } } } };
    await start({ filterPatterns: [pattern] }, () => ok);
    for (const name of ["a", "x1", "b", "x2", "c"]) await put(name);
    while (handed().join(" ") !== "x1 x2") await next();
  });

  it("lets batches grow while the function is busy, up to batchSize", async () => {
    await start({ batchSize: 3 });
    const first = await writeBehind(["1", "2", "3", "4"]);
    expect(first.names).toEqual(["first"]);
    first.answer(ok);
    const second = await next();
    expect(second.names).toEqual(["1", "2", "3"]);
    second.answer(ok);
    expect((await next()).names).toEqual(["4"]);
  });

  it("runs as many batches at once as it has lanes, and no more", async () => {
    await start({ batchSize: 1, parallelizationFactor: 3 });
    for (let i = 0; i < 20; i++) await put(String(i));
    const busy = [await next(), await next(), await next()];
    await settled();
    expect(batches.all).toHaveLength(3);
    busy[1]?.answer(ok);
    await next();
    await settled();
    expect(batches.all).toHaveLength(4);
  });

  it("keeps the order of an item's records, whatever the lanes", async () => {
    const seen = new Map<string, number[]>();
    await start({ batchSize: 2, parallelizationFactor: 5 }, ({ records }) => {
      for (const { dynamodb } of records) {
        const name = JSON.stringify(dynamodb.Keys);
        const turn = Number(Object(dynamodb.NewImage?.["turn"]).N);
        seen.set(name, [...(seen.get(name) ?? []), turn]);
      }
      return Math.random() < 0.3 ? failed : ok;
    });
    // Written again and again: each time a record.
    const turns = 10;
    for (let turn = 0; turn < turns; turn++) {
      const more = { turn: { N: String(turn) } };
      await Promise.all(
        ["1", "2", "3"].flatMap((item) => [put(item, "a", more), put(item, "b", more)]),
      );
    }
    const isDone = () =>
      seen.size === 6 && [...seen.values()].every((each) => each.at(-1) === turns - 1);
    while (!isDone()) await next();
    for (const each of seen.values()) {
      const firstTimes = each.filter((turn, i) => each.indexOf(turn) === i);
      expect(firstTimes).toEqual([...firstTimes].sort((a, b) => a - b));
      expect(firstTimes).toHaveLength(turns);
    }
  });

  it("hands a failed batch over again, before what is behind it", async () => {
    await start({ batchSize: 10 });
    (await writeBehind(["1", "2"])).answer(failed);
    const again = await next();
    expect(again.names).toEqual(["first"]);
    again.answer(ok);
    await next();
    expect(handed().slice(0, 2)).toEqual(["first", "first"]);
  });

  it("gives a batch up after maximumRetryAttempts, and goes on", async () => {
    await start({ batchSize: 10, maximumRetryAttempts: 2 }, throwing("first"));
    await put("first");
    expect(await nextGivenUp()).toMatchObject({
      condition: "RetryAttemptsExhausted",
      invocations: 3,
      reason: "Error: on purpose",
      records: [{ dynamodb: { Keys: { sk: { S: "first" } } } }],
    });
    await put("second");
    while (handed().at(-1) !== "second") await next();
    expect(handed()).toEqual(["first", "first", "first", "second"]);
  });

  it("bisects a batch that fails, until the bad record is alone", async () => {
    const settings = { batchSize: 10, maximumRetryAttempts: 1, bisectBatchOnFunctionError: true };
    await start(settings, undefined);
    const first = await writeBehind(["1", "2", "bad", "4"]);
    first.answer(ok);
    const judge = throwing("bad");
    while (handed().at(-1) !== "4") {
      const batch = await next();
      batch.answer(judge(batch));
    }
    expect(handed().slice(1)).toEqual(["1 2 bad 4", "1 2", "bad 4", "bad", "bad", "4"]);
    expect(givenUp.all).toHaveLength(1);
    expect(givenUp.all[0]?.records).toHaveLength(1);
  });

  it("goes on at the lowest item that is reported failed", async () => {
    const settings = { batchSize: 10, functionResponseType: "ReportBatchItemFailures" };
    await start({ ...settings, maximumRetryAttempts: 5 });
    const first = await writeBehind(["1", "2", "3", "4"]);
    first.answer(ok);
    const batch = await next();
    expect(batch.names).toEqual(["1", "2", "3", "4"]);
    batch.answer(itemFailures("4", "3")(batch));
    expect((await next()).names).toEqual(["3", "4"]);
  });

  it("gives up no other record with a bad one that is reported", async () => {
    const settings = { batchSize: 10, functionResponseType: "ReportBatchItemFailures" };
    await start({ ...settings, maximumRetryAttempts: 1, bisectBatchOnFunctionError: true });
    const first = await writeBehind(["1", "bad", "3", "4"]);
    first.answer(ok);
    const judge = itemFailures("bad");
    while (handed().at(-1) !== "4" && handed().at(-1) !== "3 4") {
      const batch = await next();
      batch.answer(judge(batch));
    }
    expect(givenUp.all.map(({ records }) => records.length)).toEqual([1]);
    expect(handed().slice(1)).toEqual(["1 bad 3 4", "bad 3 4", "bad 3", "bad", "bad", "3", "4"]);
  });

  it.each([
    ["null", null],
    ["an empty object", {}],
    ["an empty list", { batchItemFailures: [] }],
    ["no list", { batchItemFailures: null }],
  ])("takes %s for success", async (_, returned) => {
    const settings = { functionResponseType: "ReportBatchItemFailures", maximumRetryAttempts: 0 };
    await start(settings, () => ({ returned }));
    await put("1");
    await next();
    await put("2");
    expect((await next()).names).toEqual(["2"]);
  });

  it.each([
    ["empty", { itemIdentifier: "" }],
    ["null", { itemIdentifier: null }],
    ["under another name", { sequenceNumber: "1" }],
    ["of no record", { itemIdentifier: "1" }],
  ])("takes an identifier that is %s for a failure of all", async (_, failure) => {
    const settings = { functionResponseType: "ReportBatchItemFailures", maximumRetryAttempts: 0 };
    await start(settings, () => ({ returned: { batchItemFailures: [failure] } }));
    await put("1");
    expect((await nextGivenUp()).records).toHaveLength(1);
  });

  it("does not look at item failures unless it is told to", async () => {
    await start({ maximumRetryAttempts: 0 }, itemFailures("1"));
    await put("1");
    await next();
    await put("2");
    expect((await next()).names).toEqual(["2"]);
    expect(givenUp.all).toEqual([]);
  });

  it("counts no attempt when the function could not be invoked", async () => {
    let refusals = 5;
    await start({ maximumRetryAttempts: 0 }, () =>
      refusals-- > 0 ? { unavailable: "Rate Exceeded." } : ok,
    );
    await put("1");
    while (handed().length < 6) await next();
    await put("2");
    expect((await next()).names).toEqual(["2"]);
    expect(givenUp.all).toEqual([]);
  });

  it("gives up what is too old, however many attempts are left", async () => {
    await start({ maximumRecordAgeInSeconds: 0.05 }, () => failed);
    await put("1");
    expect(await nextGivenUp()).toMatchObject({ condition: "RecordAgeExceeded" });
  });

  it("begins with what is written after its start", async () => {
    await start({ startingPosition: "TRIM_HORIZON" }, () => ok, ["before"]);
    await put("after");
    expect((await next()).names).toEqual(["after"]);
  });

  /** Everything that was written has been read, and is in its lane. */
  async function settled(): Promise<void> {
    while (read.all.length < written) {
      await read.next("a record", (record): record is unknown => record !== undefined);
    }
    await new Promise(setImmediate);
  }
});
