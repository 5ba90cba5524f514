/**
 * What a mapping does when its function fails: what is tried again, and when it is given up.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Database, startDatabase } from "../../../local/emulator/database/database.ts";
import {
  failed,
  type Mapped,
  type MappedOptions,
  ok,
  reporting,
  startMapped,
  throwing,
} from "./mapped.ts";

// What is tried again does not depend on the database: eventSourceMapping.test.ts runs on both.
describe("a function that fails", () => {
  let database: Database;
  let mapped: Mapped;
  beforeAll(async () => {
    database = await startDatabase({ kind: "dynalite" });
  });
  afterAll(() => database.stop());
  afterEach(() => mapped.stop());

  const start = async (...how: MappedOptions) => {
    mapped = await startMapped(database.endpoint, ...how);
  };

  it("gets a failed batch again before later records", async () => {
    await start({ batchSize: 10 });
    (await mapped.writeBehind(["1", "2"])).answer(failed);
    const again = await mapped.next();
    expect(again.names).toEqual(["first"]);
    again.answer(ok);
    await mapped.next();
    expect(mapped.handed().slice(0, 2)).toEqual(["first", "first"]);
  });

  it("loses a batch after maximumRetryAttempts, and gets the next one", async () => {
    await start({ batchSize: 10, maximumRetryAttempts: 2 }, throwing("first"));
    await mapped.put("first");
    expect(await mapped.nextGivenUp()).toMatchObject({
      condition: "RetryAttemptsExhausted",
      invocations: 3,
      reason: "Error: on purpose",
      records: [{ dynamodb: { Keys: { sk: { S: "first" } } } }],
    });
    await mapped.put("second");
    while (mapped.handed().at(-1) !== "second") await mapped.next();
    expect(mapped.handed()).toEqual(["first", "first", "first", "second"]);
  });

  it("gets a failing batch in halves until the bad record is alone", async () => {
    const settings = { batchSize: 10, maximumRetryAttempts: 1, bisectBatchOnFunctionError: true };
    await start(settings, undefined);
    const first = await mapped.writeBehind(["1", "2", "bad", "4"]);
    first.answer(ok);
    const judge = throwing("bad");
    while (mapped.handed().at(-1) !== "4") {
      const batch = await mapped.next();
      batch.answer(judge(batch));
    }
    expect(mapped.handed().slice(1)).toEqual(["1 2 bad 4", "1 2", "bad 4", "bad", "bad", "4"]);
    expect(mapped.givenUp.all).toHaveLength(1);
    expect(mapped.givenUp.all[0]?.records).toHaveLength(1);
  });

  it("gets the records again from the lowest item that it reports failed", async () => {
    const settings = { batchSize: 10, functionResponseType: "ReportBatchItemFailures" };
    await start({ ...settings, maximumRetryAttempts: 5 });
    const first = await mapped.writeBehind(["1", "2", "3", "4"]);
    first.answer(ok);
    const batch = await mapped.next();
    expect(batch.names).toEqual(["1", "2", "3", "4"]);
    batch.answer(reporting("4", "3")(batch));
    expect((await mapped.next()).names).toEqual(["3", "4"]);
  });

  it("loses no other record with a bad one that it reports", async () => {
    const settings = { batchSize: 10, functionResponseType: "ReportBatchItemFailures" };
    await start({ ...settings, maximumRetryAttempts: 1, bisectBatchOnFunctionError: true });
    const first = await mapped.writeBehind(["1", "bad", "3", "4"]);
    first.answer(ok);
    const judge = reporting("bad");
    while (mapped.handed().at(-1) !== "4" && mapped.handed().at(-1) !== "3 4") {
      const batch = await mapped.next();
      batch.answer(judge(batch));
    }
    expect(mapped.givenUp.all.map(({ records }) => records.length)).toEqual([1]);
    expect(mapped.handed().slice(1)).toEqual([
      "1 bad 3 4",
      "bad 3 4",
      "bad 3",
      "bad",
      "bad",
      "3",
      "4",
    ]);
  });

  it.each([
    ["null", null],
    ["an empty object", {}],
    ["an empty list", { batchItemFailures: [] }],
    ["no list", { batchItemFailures: null }],
  ])("takes %s for success", async (_, returned) => {
    const settings = { functionResponseType: "ReportBatchItemFailures", maximumRetryAttempts: 0 };
    await start(settings, () => ({ returned }));
    await mapped.put("1");
    await mapped.next();
    await mapped.put("2");
    expect((await mapped.next()).names).toEqual(["2"]);
  });

  it.each([
    ["empty", { itemIdentifier: "" }],
    ["null", { itemIdentifier: null }],
    ["under another name", { sequenceNumber: "1" }],
    ["of no record", { itemIdentifier: "1" }],
  ])("takes an identifier that is %s for a failure of all", async (_, failure) => {
    const settings = { functionResponseType: "ReportBatchItemFailures", maximumRetryAttempts: 0 };
    await start(settings, () => ({ returned: { batchItemFailures: [failure] } }));
    await mapped.put("1");
    expect((await mapped.nextGivenUp()).records).toHaveLength(1);
  });

  it("reports items in vain unless the mapping asks for reports", async () => {
    await start({ maximumRetryAttempts: 0 }, reporting("1"));
    await mapped.put("1");
    await mapped.next();
    await mapped.put("2");
    expect((await mapped.next()).names).toEqual(["2"]);
    expect(mapped.givenUp.all).toEqual([]);
  });

  it("loses no attempt when it could not be invoked", async () => {
    let refusals = 5;
    await start({ maximumRetryAttempts: 0 }, () =>
      refusals-- > 0 ? { unavailable: "Rate Exceeded." } : ok,
    );
    await mapped.put("1");
    while (mapped.handed().length < 6) await mapped.next();
    await mapped.put("2");
    expect((await mapped.next()).names).toEqual(["2"]);
    expect(mapped.givenUp.all).toEqual([]);
  });

  it("loses records that are too old, even if attempts are left", async () => {
    await start({ maximumRecordAgeInSeconds: 0.05 }, () => failed);
    await mapped.put("1");
    expect(await mapped.nextGivenUp()).toMatchObject({ condition: "RecordAgeExceeded" });
  });
});
