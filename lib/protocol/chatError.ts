/**
 * A refusal: something that the caller did or met, said in a way that the caller can act on.
 * Anything else that is thrown is a defect or an outage, and its message never reaches a client.
 */
import { type DisconnectCode, type ErrorCode, errorCodes } from "./codes.ts";
import type { MessageEvent } from "./serverFrames.ts";

interface RefusalDetails {
  /** Milliseconds after which the same request may succeed. */
  retryAfterMs?: number;
  /** What the request took for something else. */
  now?: MessageEvent;
  /** What went wrong underneath; for the operator only. */
  cause?: unknown;
}

/** What a refusal says to the client. */
export interface Refusal {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
  now?: MessageEvent;
}

export const unableTo = (operation: string, reason: string) => `unable to ${operation}; ${reason}`;

export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly now: MessageEvent | undefined;

  /**
   * `reason` reads on from "unable to …; ", which the boundary says of the request. It holds no
   * text that somebody wrote and no token.
   */
  constructor(code: ErrorCode, reason: string, details: RefusalDetails = {}) {
    super(reason, { cause: details.cause });
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
    this.now = details.now;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }

  /** As the client is told it, of a request that is called `operation`. */
  refusal(operation: string): Refusal {
    const { code, message: reason, retryable, retryAfterMs, now } = this;
    const wait = retryAfterMs !== undefined && { retryAfterMs };
    const message = unableTo(operation, reason);
    return { code, message, retryable, ...wait, ...(now && { now }) };
  }
}

/** The connection itself is at its end: it is told so, and closed. */
export class ConnectionEnded extends Error {
  override readonly name = "ConnectionEnded";
  readonly code: DisconnectCode;

  constructor(code: DisconnectCode) {
    super(`the connection has ended: ${code}`);
    this.code = code;
  }
}
