/** The stream's function: how much time it has, and which records it asks Lambda to repeat. */
import { marshall } from "@aws-sdk/util-dynamodb";
import type { DynamoDBStreamEvent } from "aws-lambda";
import { expect, it, vi } from "vitest";
import { appendedIn, repeatRooms } from "../../lib/adapters/dynamodb/appended.ts";
import type { ShardJob, ShardOutcome } from "../../lib/model.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { logEvent } from "../support/fixtures.ts";
import { type MemoryRuntime, memoryRuntime } from "../support/memoryRuntime.ts";
import { world } from "../support/world.ts";

vi.mock("../../lib/runtime.ts", () => {
  const { ports } = world();
  const worker = { deliver: async (_job: ShardJob): Promise<ShardOutcome> => ({ connections: 1 }) };
  return {
    ...memoryRuntime(),
    worker,
    appendedIn: (event: DynamoDBStreamEvent) => appendedIn(event, ports.report),
    repeatRooms,
    fanOutPorts: () => ({
      ...ports,
      sharding: ports.subscriptions,
      workers: { deliver: (job: ShardJob) => worker.deliver(job) },
      delivered: new Map(),
    }),
  };
});
const { worker } = (await import("../../lib/runtime.ts")) as unknown as MemoryRuntime & {
  worker: { deliver(job: ShardJob): Promise<ShardOutcome> };
};
const { handler } = await import("../../handlers/fanOut.ts");

/** A batch with one event of each room, in this order; the records are numbered from 1. */
const batchOf = (...rooms: string[]): DynamoDBStreamEvent => ({
  Records: rooms.map((room, index) => {
    const { seq, ...event } = logEvent(index + 1);
    const item = { pk: `LOG#${room}`, sk: String(seq), ...event, delivery: "stream" };
    const image = { NewImage: marshall(item), SequenceNumber: String(index + 1) };
    return { eventID: `e-${index + 1}`, dynamodb: image } as never;
  }),
});
const remaining = (ms: number) => ({ getRemainingTimeInMillis: () => ms });
const named = async (event: DynamoDBStreamEvent, remainingMs: number) =>
  (await handler(event, remaining(remainingMs))).batchItemFailures.map(
    ({ itemIdentifier }) => itemIdentifier,
  );

it("names every record of a room that failed, and none of another", async () => {
  worker.deliver = async ({ room }) => {
    if (room === "a") throw new Error("killed");
    return { connections: 1 };
  };
  expect(await named(batchOf("a", "b", "a"), 300_000)).toEqual(["1", "3"]);
});

it("names nothing when all was delivered", async () => {
  worker.deliver = async () => ({ connections: 1 });
  expect(await named(batchOf("a", "b", "a"), 300_000)).toEqual([]);
});

it("stops early enough to say what ran out of time", async () => {
  const given: number[] = [];
  worker.deliver = async ({ withinMs }) => {
    given.push(withinMs);
    return { connections: 1 };
  };
  expect(await named(batchOf("a"), limits.fanOutMarginMs + 1_000)).toEqual([]);
  expect(given).toEqual([1_000]);
  expect(await named(batchOf("a"), limits.fanOutMarginMs)).toEqual(["1"]);
  expect(given).toHaveLength(1);
});
