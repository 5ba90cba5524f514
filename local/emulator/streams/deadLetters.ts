/**
 * The records that mappings gave up. A queue or topic as destination is not emulated: each batch is
 * reported in one line, the last are kept in memory, and all are written to a file, if there is
 * one, as a line of JSON each. As on AWS a letter names its records and holds nothing of them: the
 * text of a message that is deleted later must not stay in a queue.
 */
import { appendFileSync } from "node:fs";
import type { GivenUp } from "./lane.ts";

interface DeadLetter extends Omit<GivenUp, "records"> {
  functionName: string;
  /** When it was given up. */
  time: string;
  /** Where its records are, for as long as the stream has them. */
  batch: {
    streamArn: string;
    startSequenceNumber: string;
    endSequenceNumber: string;
    batchSize: number;
  };
}

export interface DeadLetters {
  readonly all: readonly DeadLetter[];
  add(functionName: string, givenUp: GivenUp): void;
}

const keptMax = 1000;

export function deadLetters(say: (line: string) => void, file?: string): DeadLetters {
  const all: DeadLetter[] = [];
  return {
    all,
    add(functionName, { records, ...givenUp }) {
      const time = new Date().toISOString();
      const letter = { functionName, time, ...givenUp, batch: batchOf(records) };
      all.push(letter);
      if (all.length > keptMax) all.shift();
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(letter)}\n`);
      say(`${lineOf(letter)}${file === undefined ? "" : `; see ${file}`}`);
    },
  };
}

function batchOf(records: GivenUp["records"]): DeadLetter["batch"] {
  const [first, last] = [records[0], records.at(-1)];
  return {
    streamArn: first?.eventSourceARN ?? "",
    startSequenceNumber: first?.dynamodb.SequenceNumber ?? "",
    endSequenceNumber: last?.dynamodb.SequenceNumber ?? "",
    batchSize: records.length,
  };
}

function lineOf({ functionName, batch, condition, invocations, reason }: DeadLetter): string {
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const [line] = reason.split("\n");
  return (
    `gave up ${count(batch.batchSize, "record")} of the stream for the function ${functionName} ` +
    `after ${count(invocations, "invocation")} (${condition}): ${line}`
  );
}
