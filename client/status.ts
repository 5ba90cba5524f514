/** Where a client stands. */
import type { ChatError } from "./chatError.ts";

/**
 * `connected` once the service has said who we are; `disconnected` while waiting for the next try;
 * `failed` when the service told us not to come back.
 */
export type Status =
  | "initialized"
  | "connecting"
  | "connected"
  | "disconnected"
  | "closed"
  | "failed";

export interface StatusChange {
  status: Status;
  /** Why, where it is not what was asked for. */
  reason?: ChatError;
  /** With `disconnected`: when the next try begins. */
  retryInMs?: number;
}
