/** How much of a stream dynalite remembers. */
import { describe, expect, it } from "vitest";
import { type ChangeRecord, changeLog } from "../../../local/emulator/streams/changeLog.ts";

const limits = { records: 4, bytes: 1000, ageMs: 60_000 };

function record(place: number, SizeBytes = 1): ChangeRecord {
  const dynamodb = { SequenceNumber: String(place), SizeBytes };
  const about = { eventVersion: "1.1", eventSource: "aws:dynamodb", awsRegion: "us-east-1" };
  return { eventID: String(place), eventName: "INSERT", ...about, dynamodb };
}

const places = (records: ChangeRecord[]) => records.map(({ eventID }) => Number(eventID));

describe("a change log", () => {
  it("forgets its oldest records when there are too many", () => {
    const log = changeLog(limits);
    const start = log.next;
    for (let i = 0; i < 10; i++) {
      log.append(record);
      expect(log.next - log.first).toBe(Math.min(i + 1, 4));
      const kept = Array.from({ length: log.next - log.first }, (_, j) => log.first + j);
      expect(places(log.read(log.first, 100))).toEqual(kept);
    }
    expect(() => log.read(start, 1)).toThrow(RangeError);
    expect(() => log.read(log.first - 1, 1)).toThrow(RangeError);
  });

  it("forgets them when they are too large together", () => {
    const log = changeLog(limits);
    for (const bytes of [400, 400, 400]) log.append((place) => record(place, bytes));
    expect(log.next - log.first).toBe(2);
  });

  it("forgets them when they are too old", () => {
    const log = changeLog({ ...limits, ageMs: -1 });
    log.append(record);
    expect(log.first).toBe(log.next);
    expect(log.read(log.first, 1)).toEqual([]);
  });

  it("wakes a reader when its place is taken, and on abort", async () => {
    const log = changeLog(limits);
    const place = log.next;
    let isWoken = false;
    const waiting = log.until(place, new AbortController().signal).then(() => {
      isWoken = true;
    });
    await Promise.resolve();
    expect(isWoken).toBe(false);
    log.append(record);
    await waiting;
    await log.until(place, new AbortController().signal);
    await log.until(place + 1, AbortSignal.abort());
  });
});
