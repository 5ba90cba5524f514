/**
 * What local emulation knows of streams: where they are, and what becomes of what could not be
 * delivered: a line on the terminal, and a file beside the data when these are kept. For
 * `serverless offline`, which has no streams, it also delivers them, through the port where that
 * takes Lambda's invocations.
 */
import { join } from "node:path";
import type { Serverless } from "../service.ts";
import type { LocalSettings } from "../settings.ts";
import type { TableNames } from "../tables.ts";
import { type DeadLetters, deadLetters } from "./deadLetters.ts";
import { type EventSource, eventSources } from "./eventSource.ts";
import { startMappings } from "./eventSourceMapping.ts";
import { lambdaInvoker } from "./lambdaInvoker.ts";

export interface LocalStreams {
  /** Of DynamoDB. */
  endpoint: string;
  tables: TableNames;
  deadLetters: DeadLetters;
  onEnded(source: EventSource, error: Error): void;
}

export function localStreams(
  { database }: LocalSettings,
  endpoint: string,
  tables: TableNames,
): LocalStreams {
  const folder = "folder" in database ? database.folder : undefined;
  const file = folder === undefined ? undefined : join(folder, "undelivered.jsonl");
  return {
    endpoint,
    tables,
    deadLetters: deadLetters((line) => console.error(line), file),
    onEnded: ({ functionName, table }, { message }) =>
      console.error(`the stream of ${table} is no longer read for ${functionName}: ${message}`),
  };
}

/** They end with the process. @throws StartError when a stream event asks for what cannot be */
export async function deliverStreams(
  { service }: Serverless,
  { ports, leavesStreams }: LocalSettings,
  { deadLetters, ...streams }: LocalStreams,
): Promise<void> {
  const functions = service.getAllFunctions().map((name) => {
    return [name, service.getFunction(name)] as [string, ReturnType<typeof service.getFunction>];
  });
  const sources = eventSources(functions);
  if (sources.length === 0 || leavesStreams) return;
  const lambda = lambdaInvoker(`http://localhost:${ports.lambda}`);
  await startMappings(sources, {
    ...streams,
    onGivenUp: deadLetters.add,
    invoke: (functionName, event) => lambda.invoke(service.getFunction(functionName).name, event),
  });
}
