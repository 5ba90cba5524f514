/**
 * The streams, and the fate of records that could not be delivered: a line on the terminal, and a
 * line in a file beside the data if the data is kept.
 */
import { join } from "node:path";
import type { TableNames } from "../database/tables.ts";
import { type DeadLetters, deadLetters } from "./deadLetters.ts";
import type { EventSource } from "./eventSource.ts";

export interface LocalStreams {
  /** Of DynamoDB. */
  endpoint: string;
  tables: TableNames;
  deadLetters: DeadLetters;
  onEnded(source: EventSource, error: Error): void;
}

/** `folder` is where the data is kept, if it is. */
export function localStreams(
  endpoint: string,
  tables: TableNames,
  folder: string | undefined,
): LocalStreams {
  const file = folder === undefined ? undefined : join(folder, "undelivered.jsonl");
  return {
    endpoint,
    tables,
    deadLetters: deadLetters((line) => console.error(line), file),
    onEnded: ({ functionName, table }, { message }) =>
      console.error(`the stream of ${table} is no longer read for ${functionName}: ${message}`),
  };
}
