/** What a fan-out is given: shards of a topic, and records of the stream. */
import { describe, expect, it } from "vitest";
import { appendedIn, changedIn } from "../../lib/adapters/dynamodb/appended.ts";
import { limits } from "../../lib/protocol/limits.ts";
import { shardOf, shardsWanted } from "../../lib/pubsub/topics.ts";

describe("shards", () => {
  it("are chosen evenly, and alike by all functions", () => {
    const counts = new Map<number, number>();
    for (let index = 0; index < 16_000; index += 1) {
      const shard = shardOf(`L0SM9c${index}FvHcCIhw=`, 16);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).toBe(16);
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it("double when one of the newer half is full, up to a bound", () => {
    const full = limits.shardConnections + 1;
    expect(shardsWanted(1, 0, full - 1)).toBe(1);
    expect(shardsWanted(1, 0, full)).toBe(2);
    expect(shardsWanted(8, 3, full)).toBe(8);
    expect(shardsWanted(8, 4, full)).toBe(16);
    expect(shardsWanted(limits.shardsMax, limits.shardsMax - 1, full)).toBe(limits.shardsMax);
  });
});

describe("a record of the stream", () => {
  it("that cannot be read is reported, and holds nobody up", () => {
    const image = (pk: string, sk: string) => ({
      pk: { S: pk },
      sk: { S: sk },
      n: { N: "1" },
      tag: { S: "t0000007" },
      kind: { S: "message" },
      from: { S: "alice" },
      cid: { S: "c-1" },
      text: { S: "hi" },
      sentAtMs: { N: "1" },
      delivery: { S: "stream" as const },
    });
    const record = (NewImage: object, SequenceNumber: string) =>
      ({ eventID: SequenceNumber, dynamodb: { NewImage, SequenceNumber } }) as never;
    const reports: string[] = [];
    const Records = [
      record(image("LOG#general", "0000000000000007"), "1"),
      record(image("ROOM#general", "ROOM"), "2"),
      record({ pk: { S: "LOG#general" } }, "3"),
    ];
    expect(appendedIn({ Records }, (what) => reports.push(what))).toEqual([
      {
        room: "general",
        sequenceNumber: "1",
        event: {
          seq: 7,
          n: 1,
          tag: "t0000007",
          kind: "message",
          from: "alice",
          cid: "c-1",
          text: "hi",
          sentAtMs: 1,
        },
      },
    ]);
    expect(reports).toEqual(["stream record unreadable", "stream record unreadable"]);
  });

  it("says whose reactions are to be counted: put, taken back, or counted before", () => {
    const message = (more: object) => ({
      pk: { S: "LOG#general" },
      sk: { S: "0000000000000007" },
      n: { N: "1" },
      tag: { S: "t0000007" },
      kind: { S: "message" },
      from: { S: "alice" },
      cid: { S: "c-1" },
      text: { S: "hi" },
      sentAtMs: { N: "1" },
      ...more,
    });
    const reaction = { pk: { S: "REACTIONS#dm:a#b:bob#12" }, sk: { S: "bob" } };
    const images = [{ Keys: reaction }, { NewImage: message({}) }].concat({
      NewImage: message({ reactionsRev: { N: "2" } }),
    } as never);
    const Records = images.map((image, at) => ({
      dynamodb: { ...image, SequenceNumber: `${at}`, ApproximateCreationDateTime: at },
    })) as never;
    const found = changedIn({ Records }, () => {});
    expect(found).toMatchObject([
      { room: "dm:a#b:bob", event: { seq: 12 }, recountedUpTo: Infinity, sequenceNumber: "0" },
      { room: "general", event: { seq: 7 }, recountedUpTo: 0, writtenAtMs: 1_000 },
      { room: "general", event: { seq: 7 }, recountedUpTo: 2, sequenceNumber: "2" },
    ]);
  });
});
