/** Where a client stands. */
import type { ChatError } from "./chatError.ts";

/**
 * `live` once the service has said who we are; `offline` while waiting for the next try; `failed`
 * when the service told us not to come back, or there is no WebSocket here.
 */
export type Status = "idle" | "connecting" | "live" | "offline" | "closed" | "failed";

export interface StatusChange {
  status: Status;
  /** Why, where it is not what was asked for. */
  reason?: ChatError;
  /** With `offline`: when the next try begins. */
  retryInMs?: number;
}
