/**
 * The records that mappings gave up. A queue or topic as destination is not emulated: each is
 * reported in one line, the last are kept in memory, and all are written to a file, if there is
 * one, as a line of JSON each.
 */
import { appendFileSync } from "node:fs";
import type { GivenUp } from "./lane.ts";

interface DeadLetter extends GivenUp {
  functionName: string;
  /** When it was given up. */
  time: string;
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
    add(functionName, givenUp) {
      const letter = { functionName, time: new Date().toISOString(), ...givenUp };
      all.push(letter);
      if (all.length > keptMax) all.shift();
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(letter)}\n`);
      say(`${lineOf(letter)}${file === undefined ? "" : `; see ${file}`}`);
    },
  };
}

function lineOf({ functionName, records, condition, invocations, reason }: DeadLetter): string {
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const [line] = reason.split("\n");
  return (
    `gave up ${count(records.length, "record")} of the stream for the function ${functionName} ` +
    `after ${count(invocations, "invocation")} (${condition}): ${line}`
  );
}
