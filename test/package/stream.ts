/** How the Rooms table's stream sets off fan-outs, and what bounds them. */
import { expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import type { Packaged } from "./packaged.ts";

export function describeStream(packaged: () => Packaged): void {
  const only = (type: string) => {
    const found = Object.values(packaged().ofType(type)).map(({ Properties }) => Properties);
    expect(found).toHaveLength(1);
    return found[0] ?? {};
  };

  it("invokes fanOut for events that it is to deliver, and for nothing else", () => {
    const mapping = only("AWS::Lambda::EventSourceMapping");
    expect(mapping["EventSourceArn"]).toBe("<Rooms.StreamArn>");
    expect(mapping["FunctionName"]).toBe("<FanOutLambdaFunction.Arn>");
    const { Filters } = mapping["FilterCriteria"] as { Filters: { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern))).toEqual([
      { dynamodb: { NewImage: { delivery: { S: ["stream"] } } } },
    ]);
  });

  it("keeps the events of a room together: one batch at a time", () => {
    const { ParallelizationFactor = 1 } = only("AWS::Lambda::EventSourceMapping");
    expect(ParallelizationFactor).toBe(1);
  });

  it("lets no batch block its shard: it is halved, given up, and kept where it is seen", () => {
    expect(only("AWS::Lambda::EventSourceMapping")).toMatchObject({
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 3,
      MaximumRecordAgeInSeconds: 300,
      DestinationConfig: { OnFailure: { Destination: "<UndeliveredQueue.Arn>" } },
    });
    expect(only("AWS::SQS::Queue")["SqsManagedSseEnabled"]).toBe(true);
  });

  it("gives a fan-out time for several deliveries, and a delivery time for itself", () => {
    const timeoutMs = (name: string) =>
      1_000 * Number(packaged().resources[`${name}LambdaFunction`]?.Properties["Timeout"]);
    expect(timeoutMs("Deliver")).toBeGreaterThan(limits.deliverMs + limits.tableRequestMs);
    expect(timeoutMs("Deliver")).toBeLessThan(limits.deliverMs * 2);
    expect(timeoutMs("FanOut")).toBeGreaterThanOrEqual(timeoutMs("Deliver") * 10);
    // A worker that hangs is ended before its fan-out is, which can then say what failed.
    expect(limits.fanOutMarginMs).toBeGreaterThan(timeoutMs("Deliver"));
  });
}
