/** Where what could not be delivered is to be found. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { deadLetters } from "../../../local/emulator/streams/deadLetters.ts";
import type { GivenUp, StreamRecord } from "../../../local/emulator/streams/lane.ts";

const record = (SequenceNumber: string) =>
  ({
    eventSourceARN: "arn:stream",
    dynamodb: { SequenceNumber, NewImage: { text: { S: "hi" } } },
  }) as unknown as StreamRecord;
const failure = {
  condition: "RetryAttemptsExhausted",
  invocations: 1,
  reason: "Error: on purpose\n    at somewhere",
} as const;
const givenUp: GivenUp = { records: [record("3"), record("5")], ...failure };
const batch = {
  streamArn: "arn:stream",
  startSequenceNumber: "3",
  endSequenceNumber: "5",
  batchSize: 2,
};

it("a record that is given up is reported in one line; the last thousand stay in memory", () => {
  const lines: string[] = [];
  const letters = deadLetters((line) => lines.push(line));
  letters.add("fanOut", givenUp);
  expect(lines).toEqual([
    "gave up 2 records of the stream for the function fanOut after 1 invocation " +
      "(RetryAttemptsExhausted): Error: on purpose",
  ]);
  const time = expect.any(String);
  expect(letters.all).toEqual([{ functionName: "fanOut", time, ...failure, batch }]);
  for (let i = 0; i < 1000; i++) letters.add(`other ${i}`, givenUp);
  expect(letters.all).toHaveLength(1000);
  expect(letters.all[0]?.functionName).toBe("other 0");
});

it("a record that is given up is written to the file, if any, which the line names", () => {
  const file = join(mkdtempSync(join(tmpdir(), "parley-")), "undelivered.jsonl");
  const lines: string[] = [];
  const letters = deadLetters((line) => lines.push(line), file);
  letters.add("fanOut", givenUp);
  letters.add("fanOut", { ...givenUp, condition: "RecordAgeExceeded" });
  expect(lines[0]?.endsWith(`; see ${file}`)).toBe(true);
  const kept = readFileSync(file, "utf8").trimEnd().split("\n");
  expect(kept.map((line) => JSON.parse(line))).toEqual(letters.all);
});
