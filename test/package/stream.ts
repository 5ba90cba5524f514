/** How the Rooms table's stream sets off fan-outs, and what bounds them. */
import { expect, it } from "vitest";
import { limits } from "../../lib/protocol/limits.ts";
import type { Packaged } from "./packaged.ts";

export function describeStream(packaged: () => Packaged): void {
  const propertiesOf = (type: string) =>
    Object.values(packaged().ofType(type)).map(({ Properties }) => Properties);
  const mappingOf = (name: string) => {
    const functionName = `<${name}LambdaFunction.Arn>`;
    const mappings = propertiesOf("AWS::Lambda::EventSourceMapping");
    return mappings.find(({ FunctionName }) => FunctionName === functionName) ?? {};
  };
  const patternsOf = (name: string) => {
    const { Filters } = mappingOf(name)["FilterCriteria"] as { Filters: { Pattern: string }[] };
    return Filters.map(({ Pattern }) => JSON.parse(Pattern));
  };

  it("is read by two functions, as many as a stream has time for", () => {
    const mappings = propertiesOf("AWS::Lambda::EventSourceMapping");
    const sources = mappings.map(({ EventSourceArn }) => EventSourceArn);
    expect(sources).toEqual(["<Rooms.StreamArn>", "<Rooms.StreamArn>"]);
  });

  it("invokes fanOut for events that it is to deliver, and for nothing else", () => {
    expect(patternsOf("FanOut")).toEqual([
      { dynamodb: { NewImage: { delivery: { S: ["stream"] } } } },
    ]);
  });

  it("invokes announce for changed messages, replies and reactions, and for nothing else", () => {
    expect(patternsOf("Announce")).toEqual([
      { dynamodb: { NewImage: { announce: { N: [{ exists: true }] } } } },
      { dynamodb: { NewImage: { thread: { N: [{ exists: true }] } } } },
      {
        eventName: ["INSERT", "MODIFY"],
        dynamodb: { Keys: { pk: { S: [{ prefix: "REACTIONS#" }] } } },
      },
    ]);
  });

  it("keeps the events of a room together: one batch at a time", () => {
    for (const { ParallelizationFactor = 1 } of propertiesOf("AWS::Lambda::EventSourceMapping")) {
      expect(ParallelizationFactor).toBe(1);
    }
  });

  it.each([
    { name: "FanOut", MaximumRetryAttempts: 3, MaximumRecordAgeInSeconds: 300 },
    { name: "Announce", MaximumRetryAttempts: 10, MaximumRecordAgeInSeconds: 3_600 },
  ])("lets no batch of $name block its shard: it is halved, given up, and kept", (mapping) => {
    const { name, ...bounds } = mapping;
    expect(mappingOf(name)).toMatchObject({
      FunctionResponseTypes: ["ReportBatchItemFailures"],
      BisectBatchOnFunctionError: true,
      ...bounds,
      DestinationConfig: { OnFailure: { Destination: "<UndeliveredQueue.Arn>" } },
    });
    const [queue] = propertiesOf("AWS::SQS::Queue");
    expect(queue?.["SqsManagedSseEnabled"]).toBe(true);
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
