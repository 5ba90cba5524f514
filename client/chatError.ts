/**
 * The one error of the client. `code` is for programs: the service's codes and reasons to
 * disconnect as they come, also ones that are newer than this client, and a few of our own.
 */
import type { ServerFrame } from "./frames.ts";
import type { DisconnectCode, ErrorCode } from "./protocol.ts";

/** What only a client can say. */
export type ClientCode =
  | "timed_out" // no answer in time
  | "disconnected" // the connection ended before the answer, or there was none for too long
  | "closed" // the client was closed, or the room is no longer followed
  | "store_failed" // the store has failed: what is on its way would not survive a reload
  | "outbox_full" // too many messages of this room are on their way
  | "gave_up"; // tried as often as is sensible; `cause` is how the last try ended

interface ChatErrorOptions {
  retryable?: boolean;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

/** The one error that the client throws and rejects with. Tell errors apart by `code`. */
export class ChatError extends Error {
  /** As of every error: for logs. */
  override readonly name = "ChatError";
  /** The service's codes and reasons to disconnect, also newer ones, and the client's own. */
  readonly code: ErrorCode | DisconnectCode | ClientCode;
  /** Whether trying again later may help. */
  readonly retryable: boolean;
  /** With `rate_limited`: how many milliseconds to wait. */
  readonly retryAfterMs: number | undefined;

  /** @internal */
  constructor(code: ChatError["code"], message: string, options: ChatErrorOptions = {}) {
    super(message, options.cause ? options : {});
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The error that an error frame stands for, or what it says of one room. */
export function errorOf(refusal: Omit<ServerFrame<"error">, "type" | "id">): ChatError {
  const { code, message, retryable, retryAfterMs } = refusal;
  return new ChatError(code, message, { retryable, retryAfterMs });
}

/** Trying again later may help. */
export function retryable(
  code: ClientCode | ErrorCode,
  message: string,
  cause?: unknown,
): ChatError {
  return new ChatError(code, message, { retryable: true, cause });
}

/** Anything that was thrown, as an error of ours. */
export function asChatError(thrown: unknown): ChatError {
  if (thrown instanceof ChatError) return thrown;
  return retryable("disconnected", `unable to go on; ${thrown}`, thrown);
}

/** What becomes of a request whose connection ends. */
export function disconnected(cause?: ChatError): ChatError {
  return retryable("disconnected", "unable to go on; the connection has ended", cause);
}

/** Something that did not come in time. */
export function timedOut(what: string, withinMs: number): ChatError {
  return retryable("timed_out", `unable to ${what} within ${withinMs} ms`);
}

/** What becomes of everything that is asked of a client that was closed, or has failed. */
export function clientEnded(cause?: ChatError): ChatError {
  const how = cause ? "has failed" : "was closed";
  return new ChatError("closed", `unable to go on; the client ${how}`, { cause });
}
