/** Whether the service can do its work: it can when its tables answer. */

import type { Health } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";

/** @throws ChatError `unavailable`, with what went wrong as its cause */
export async function checkHealth(health: Health): Promise<{ status: "ok" }> {
  try {
    await health();
    return { status: "ok" };
  } catch (error) {
    const message = "unable to answer; the tables do not";
    throw new ChatError("unavailable", message, { cause: error });
  }
}
