/** What is read off serverless.yml, in both of its forms, and what is refused. */
import { describe, expect, it } from "vitest";
import { eventSources } from "../../../local/emulator/streams/eventSource.ts";

const read = (stream: unknown) => eventSources([["work", { events: [{ stream }] }]]);

describe("a stream event", () => {
  it.each([
    ["as it is written", "Rooms.StreamArn"],
    ["as osls resolves it", { "Fn::GetAtt": ["Rooms", "StreamArn"] }],
  ])("is read %s", (_, arn) => {
    const settings = {
      type: "dynamodb",
      arn,
      batchSize: 100,
      maximumRetryAttempts: 3,
      maximumRecordAgeInSeconds: 300,
      parallelizationFactor: 10,
      bisectBatchOnFunctionError: true,
      functionResponseType: "ReportBatchItemFailures",
      startingPosition: "LATEST",
      destinations: { onFailure: { arn: "DeadLetters.Arn", type: "sqs" } },
      filterPatterns: [{ eventName: ["INSERT"] }],
    };
    const [source, ...others] = read(settings);
    expect(others).toEqual([]);
    expect(source).toMatchObject({
      functionName: "work",
      table: "Rooms",
      startingPosition: "LATEST",
      batchSize: 100,
      parallelizationFactor: 10,
      maximumRetryAttempts: 3,
      maximumRecordAgeMs: 300_000,
      bisectsBatches: true,
      reportsItemFailures: true,
    });
    expect(source?.filter({ eventName: "REMOVE" })).toBe(false);
  });

  it("has the defaults of osls and Lambda", () => {
    expect(read("Rooms.StreamArn")).toMatchObject([
      {
        startingPosition: "TRIM_HORIZON",
        batchSize: 10,
        parallelizationFactor: 1,
        maximumRetryAttempts: Number.POSITIVE_INFINITY,
        maximumRecordAgeMs: Number.POSITIVE_INFINITY,
        bisectsBatches: false,
        reportsItemFailures: false,
      },
    ]);
    const infinite = { maximumRetryAttempts: -1, maximumRecordAgeInSeconds: -1 };
    expect(read({ type: "dynamodb", arn: "Rooms.StreamArn", ...infinite })).toMatchObject([
      {
        maximumRetryAttempts: Number.POSITIVE_INFINITY,
        maximumRecordAgeMs: Number.POSITIVE_INFINITY,
      },
    ]);
  });

  it("is ignored while it is disabled, as are events of other kinds", () => {
    expect(read({ type: "dynamodb", arn: "Rooms.StreamArn", enabled: false })).toEqual([]);
    expect(
      eventSources([
        ["send", { events: [{}] }],
        ["quiet", {}],
      ]),
    ).toEqual([]);
  });

  it.each([
    [{ arn: "Rooms.StreamArn", batchWindow: 1 }, '"batchWindow" in the stream event of work'],
    [{ arn: "Rooms.StreamArn", consumer: true }, '"consumer" in the stream event of work'],
    [{ arn: "Rooms.StreamArn", type: "kinesis" }, "is of the type kinesis"],
    [{ arn: "Rooms.StreamArn", startingPosition: "AT_TIMESTAMP" }, "startingPosition AT_TIMESTAMP"],
    [{ arn: "arn:aws:dynamodb:eu-west-1:1:table/x/stream/1" }, "not the StreamArn of a table"],
    [{ arn: "Rooms.Arn" }, "not the StreamArn of a table"],
  ])("is refused: %j", (stream, reason) => {
    expect(() => read(stream)).toThrow("unable to start; ");
    expect(() => read(stream)).toThrow(reason);
  });
});
