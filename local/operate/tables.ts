/** The tables that an operator's command works on: those of a local copy, or a deployment's. */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoClient, type Table } from "../../lib/adapters/dynamodb/client.ts";
import { ChatError } from "../../lib/protocol/chatError.ts";
import { forgetAwsSettings } from "../awsSettings.ts";
import { defaultTablePrefix, localClient } from "../emulator/database/tables.ts";
import { readSettings } from "../settings.ts";
import { StartError, startError } from "../startError.ts";

export interface OperatedTables {
  client: DynamoDBClient;
  /** What is done with them, for errors. */
  operation: string;
  /** Of `npm start`, on this machine. */
  isLocal: boolean;
  rooms?: string;
  connections?: string;
}

/** Of the command line. */
export const tableOptions = {
  port: { type: "string" },
  rooms: { type: "string" },
  connections: { type: "string" },
} as const;

export const tableUsage = `\
  --port N             the copy that \`npm start\` runs on port N (default 3000)
  --rooms TABLE --connections TABLE
                       those of a deployment's tables that the command works on, with the
                       shell's AWS credentials and region`;

type Values = { [Option in keyof typeof tableOptions]?: string };

/**
 * Do `work` on the tables that the options name.
 * @throws StartError for options that do not go together, and tables that cannot be reached
 */
export async function onTables(
  values: Values,
  operation: string,
  work: (tables: OperatedTables) => Promise<void>,
): Promise<void> {
  const tables = tablesOf(values, operation);
  try {
    await work(tables);
  } catch (error) {
    throw explained(error, operation);
  } finally {
    tables.client.destroy();
  }
}

/** @throws StartError when the command line does not name that table */
export function tableOf(
  { client, operation, ...names }: OperatedTables,
  table: "rooms" | "connections",
): Table {
  const name = names[table];
  if (name === undefined) throw startError(`--${table} names no table`, operation);
  return { client, name };
}

function tablesOf({ port, rooms, connections }: Values, operation: string): OperatedTables {
  if (rooms !== undefined || connections !== undefined) {
    if (port !== undefined) {
      throw startError("--port is for a local copy, and names its tables", operation);
    }
    // Otherwise the SDK prints a notice about Node 20 on every run.
    process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
    const named = { ...(rooms && { rooms }), ...(connections && { connections }) };
    return { client: dynamoClient(), operation, isLocal: false, ...named };
  }
  const { ports } = readSettings({ ...(port !== undefined && { PARLEY_PORT: port }) });
  forgetAwsSettings();
  const client = localClient(`http://127.0.0.1:${ports.dynamodb}`);
  const prefix = defaultTablePrefix;
  const names = { rooms: `${prefix}rooms`, connections: `${prefix}connections` };
  return { client, operation, isLocal: true, ...names };
}

/** Turns errors that the operator can act on into one line. */
function explained(error: unknown, operation: string): unknown {
  if (error instanceof StartError || !(error instanceof Error)) return error;
  const { name, code } = error as NodeJS.ErrnoException;
  if (code === "ECONNREFUSED" || (error instanceof ChatError && error.code === "unavailable")) {
    return startError("the tables cannot be reached", operation);
  }
  if (error instanceof ChatError) return startError(`${error.message}; run it again`, operation);
  if (name === "ResourceNotFoundException") {
    return startError("there are no such tables", operation);
  }
  return error;
}
