/**
 * What a mapping does while all goes well: which records, in which order, how many at once.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Database, startDatabase } from "../../../local/emulator/database/database.ts";
import { databaseKinds } from "../java.ts";
import { failed, type Mapped, type MappedOptions, ok, startMapped } from "./mapped.ts";

describe.each(databaseKinds)("a mapping on %s", (kind) => {
  let database: Database;
  let mapped: Mapped;
  beforeAll(async () => {
    database = await startDatabase({ kind });
  });
  afterAll(() => database.stop());
  afterEach(() => mapped.stop());

  const start = async (...how: MappedOptions) => {
    mapped = await startMapped(database.endpoint, ...how);
  };

  it("invokes its function with records in Lambda's form", async () => {
    await start({});
    await mapped.put("1", "a", { delivery: { S: "stream" }, bytes: { B: Buffer.from("é") } });
    const { functionName, records } = await mapped.next();
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

  it("leaves out records that its filter rejects", async () => {
    const pattern = { eventName: ["INSERT"], dynamodb: { Keys: { sk: { S: [{ prefix: "x" }] } } } };
    await start({ filterPatterns: [pattern] }, () => ok);
    for (const name of ["a", "x1", "b", "x2", "c"]) await mapped.put(name);
    while (mapped.handed().join(" ") !== "x1 x2") await mapped.next();
  });

  it("lets batches grow while the function is busy, up to batchSize", async () => {
    await start({ batchSize: 3 });
    const first = await mapped.writeBehind(["1", "2", "3", "4"]);
    expect(first.names).toEqual(["first"]);
    first.answer(ok);
    const second = await mapped.next();
    expect(second.names).toEqual(["1", "2", "3"]);
    second.answer(ok);
    expect((await mapped.next()).names).toEqual(["4"]);
  });

  it("runs one batch at a time in each lane", async () => {
    await start({ batchSize: 1, parallelizationFactor: 3 });
    for (let i = 0; i < 20; i++) await mapped.put(String(i));
    const busy = [await mapped.next(), await mapped.next(), await mapped.next()];
    await mapped.settled();
    expect(mapped.handed()).toHaveLength(3);
    busy[1]?.answer(ok);
    await mapped.next();
    await mapped.settled();
    expect(mapped.handed()).toHaveLength(4);
  });

  it("keeps the order of an item's records with several lanes", async () => {
    const seen = new Map<string, number[]>();
    let invocations = 0;
    await start({ batchSize: 2, parallelizationFactor: 5 }, ({ records }) => {
      for (const { dynamodb } of records) {
        const name = JSON.stringify(dynamodb.Keys);
        const turn = Number(Object(dynamodb.NewImage?.["turn"]).N);
        seen.set(name, [...(seen.get(name) ?? []), turn]);
      }
      invocations += 1;
      return invocations % 3 === 0 ? failed : ok;
    });
    // Written again and again: each time a record.
    const turns = 10;
    for (let turn = 0; turn < turns; turn++) {
      const more = { turn: { N: String(turn) } };
      await Promise.all(
        ["1", "2", "3"].flatMap((item) => [
          mapped.put(item, "a", more),
          mapped.put(item, "b", more),
        ]),
      );
    }
    const isDone = () =>
      seen.size === 6 && [...seen.values()].every((each) => each.at(-1) === turns - 1);
    while (!isDone()) await mapped.next();
    for (const each of seen.values()) {
      const firstTimes = each.filter((turn, i) => each.indexOf(turn) === i);
      expect(firstTimes).toEqual([...firstTimes].sort((a, b) => a - b));
      expect(firstTimes).toHaveLength(turns);
    }
  });

  it("starts with the writes that follow its start", async () => {
    await start({ startingPosition: "TRIM_HORIZON" }, () => ok, ["before"]);
    await mapped.put("after");
    expect((await mapped.next()).names).toEqual(["after"]);
  });

  it("stops reading at its limit until the function finishes records", async () => {
    const names = Array.from({ length: 10 }, (_, i) => `${i}`);
    await start({ batchSize: 1 }, undefined, [], 2);
    await mapped.put("first");
    const first = await mapped.next();
    await mapped.put("second");
    await mapped.settled();
    for (const name of names) await mapped.put(name);
    await mapped.stored(12);
    expect(mapped.readCount()).toBe(2);
    first.answer(ok);
    while (mapped.handed().length < 12) (await mapped.next()).answer(ok);
    expect(mapped.handed()).toEqual(["first", "second", ...names]);
  });
});
