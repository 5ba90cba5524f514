/** From what an action returned, or threw, to what its requester is told. */

import { ChatError } from "./chatError.ts";
import type { ErrorCode } from "./codes.ts";
import { errorCodes } from "./codes.ts";
import type { ServerFrame } from "./serverFrames.ts";

export interface Refusal {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
}

/**
 * What a failure is called towards a client. What is no refusal stays with the operator, under the
 * request's name.
 */
export function refusalOf(error: unknown, requestId: string): Refusal {
  if (!(error instanceof ChatError)) {
    const message = `unable to answer; it is reported as request ${requestId}`;
    return { code: "internal", message, retryable: errorCodes.internal.retryable };
  }
  const { code, message, retryable, retryAfterMs } = error;
  return { code, message, retryable, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/**
 * Whether the operator should hear of a failure: of defects and outages, not of what clients do.
 */
export function isReportable(error: unknown): boolean {
  return !(error instanceof ChatError) || error.cause !== undefined;
}

/** `room`: the one of several rooms of a request that the error is about. */
export function errorFrame(error: unknown, requestId: string, room?: string): ServerFrame<"error"> {
  const refusal = refusalOf(error, requestId);
  return { type: "error", ...refusal, ...(room !== undefined && { room }) };
}

/**
 * The frame as an answer to the request `id`, written right behind the type for whoever reads
 * along.
 */
export function withId(frame: ServerFrame, id: string | undefined): ServerFrame {
  if (id === undefined) return frame;
  const { type, ...rest } = frame;
  return { type, id, ...rest } as ServerFrame;
}
