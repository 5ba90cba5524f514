/** Requests that somebody insists on, however long it takes. */
import { setTimeout as delay } from "node:timers/promises";
import type { ChatClient, Requestable } from "../../client/chatClient.ts";
import { ChatError } from "../../client/chatError.ts";
import { errorCodes } from "../../lib/protocol/codes.ts";

const againMs = 200;

/**
 * Ask until the service has decided, and never mind how often nobody answers. Returns the code of
 * the refusal; undefined when it is done.
 */
export async function decided<A extends Requestable>(
  client: ChatClient,
  ...request: Parameters<typeof client.request<A>>
): Promise<string | undefined> {
  for (;;) {
    try {
      await client.request(...request);
      return undefined;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      const { code, retryable, retryAfterMs = againMs } = error;
      if (!retryable && code !== "gave_up") {
        if (!Object.hasOwn(errorCodes, code)) throw error;
        return code;
      }
      await delay(retryAfterMs);
    }
  }
}
