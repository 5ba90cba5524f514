/** Whether the service can do its work: it can when its tables answer. */

import type { Health } from "../../ports.ts";
import { ChatError } from "../../protocol/chatError.ts";

/** @throws ChatError `unavailable`, with what went wrong as its cause */
export async function checkHealth(health: Health): Promise<{ status: "ok" }> {
  try {
    await health();
    return { status: "ok" };
  } catch (error) {
    throw new ChatError("unavailable", "the tables do not answer", { cause: error });
  }
}
