/**
 * The one DynamoDB client of a function instance, and the one place where its errors are looked at.
 * What the SDK still throws after its retries is either named by the caller (a failed condition) or
 * an outage: throttling, time-outs and the network become `unavailable`, which a client may retry;
 * anything else is a defect and stays what it is.
 */
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  DynamoDBServiceException,
} from "@aws-sdk/client-dynamodb";
import { ChatError } from "../../protocol/chatError.ts";
import { limits } from "../../protocol/limits.ts";
import { inTurn } from "../aws/inTurn.ts";
import { jsonProtocol } from "../aws/jsonProtocol.ts";
import { leaveToHandler, requestHandler } from "../aws/requestHandler.ts";

export interface Table {
  client: DynamoDBClient;
  name: string;
}

export interface TablesPlace {
  /** Only for emulators; on AWS the region's own is used. */
  endpoint?: string | undefined;
  /** This function's own by default. */
  region?: string | undefined;
  /** How long one attempt may take, and of that the opening of its socket. */
  requestMs?: number;
  connectMs?: number;
}

const connectMsUsual = 1_000;
/** Two requests a room in a sync of 50, each on a kept-alive connection. */
const socketsMax = 128;

export function dynamoClient({
  endpoint,
  region,
  requestMs = limits.tableRequestMs,
  connectMs = connectMsUsual,
}: TablesPlace = {}): DynamoDBClient {
  const client: DynamoDBClient = new DynamoDBClient({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    maxAttempts: limits.tableRequestAttempts,
    cacheMiddleware: true,
    protocol: jsonProtocol(),
    requestHandler: requestHandler({
      service: "dynamodb",
      config: () => client.config,
      ...{ requestMs, connectMs, socketsMax },
    }),
  });
  leaveToHandler(client);
  // It tells which chain of invocations asks, and tables have no use for that.
  client.middlewareStack.remove("recursionDetectionMiddleware");
  client.middlewareStack.add(
    (next) => async (args) => {
      await inTurn();
      return next(args);
    },
    { step: "initialize", name: "requestsBeginInTurn" },
  );
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isOutage(error)) {
          throw new ChatError("unavailable", "the tables are out of reach", { cause: error });
        }
        throw error;
      }
    },
    { step: "initialize", name: "outagesAreUnavailable" },
  );
  return client;
}

/** The answer to a conditional request; undefined when its condition was not met. */
export async function ifConditionMet<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}

export function isConditionFailed(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof ConditionalCheckFailedException;
}

/** Refused for now, and not for what was asked. */
const passingErrors = new Set([
  "ProvisionedThroughputExceededException",
  "RequestLimitExceeded",
  "ThrottlingException",
  "LimitExceededException",
  "TransactionConflictException",
]);

function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof DynamoDBServiceException) {
    return passingErrors.has(error.name) || (error.$metadata.httpStatusCode ?? 500) >= 500;
  }
  // What is in front of the tables answers in HTML, which the SDK fails to read.
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  if (($metadata?.httpStatusCode ?? 0) >= 500) return true;
  // The network's errors have a code (ECONNREFUSED, …), as have Node's own about misuse (ERR_…),
  // which are defects.
  const code = "code" in error ? String(error.code) : "ERR_NONE";
  return !code.startsWith("ERR_") || error.name === "TimeoutError";
}
