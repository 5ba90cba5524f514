/**
 * What goes wrong between a function and DynamoDB. `lost` and `late` are the ones that count: the
 * work is done, and whoever asked for it does not learn that. `held` is worse: it is done when
 * nobody waits for it any more, and has been asked for again.
 */
import { partBatch } from "../support/partBatch.ts";
import type { TableRequest } from "../support/tableProxy.ts";

/** By how often they come, against each other. What costs a function seconds is rare. */
export const databaseFaults = {
  /** Up to half a second later than usual. */
  delayed: 10,
  /** The connection is cut before anything is done. */
  dropped: 10,
  /** It is done, and then the connection is cut. */
  lost: 14,
  /** It is done, and the connection is cut within the answer. */
  torn: 6,
  throughputExceeded: 10,
  throttled: 6,
  conflicting: 6,
  failed: 8,
  unavailable: 8,
  /** It is done, and answered after the function has given up on it. */
  late: 1,
  /** It is done after the function has given up on it. */
  held: 1,
  /** Part of a batch is left undone. */
  unprocessed: 20,
};
export type DatabaseFault = keyof typeof databaseFaults;

export const isWrite = (operation: string) => /^(Put|Update|Delete)Item$/.test(operation);

export function canHave(request: TableRequest, fault: DatabaseFault): boolean {
  if (fault === "conflicting") return isWrite(request.operation);
  if (fault === "unprocessed") return partBatch(request, () => 1) !== undefined;
  return true;
}

const refusals: Partial<Record<DatabaseFault, { status: number; type: string }>> = {
  throughputExceeded: {
    status: 400,
    type: "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
  },
  throttled: { status: 400, type: "com.amazon.coral.availability#ThrottlingException" },
  conflicting: {
    status: 400,
    type: "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
  },
  failed: { status: 500, type: "com.amazonaws.dynamodb.v20120810#InternalServerError" },
};

/** What is answered in place of doing anything; undefined for other faults. */
export function refusalFor(fault: DatabaseFault): { status: number; body: string } | undefined {
  // Not from DynamoDB itself but from what is in front of it, which speaks no JSON.
  if (fault === "unavailable") return { status: 503, body: "<html>Service Unavailable</html>" };
  const refusal = refusals[fault];
  if (refusal === undefined) return undefined;
  const { status, type } = refusal;
  return { status, body: JSON.stringify({ __type: type, message: "as ordered" }) };
}
