/**
 * The authorizer as AWS treats it. On AWS a thrown Error("Unauthorized") is a 401. `serverless
 * offline` makes it a 500, and wants the word returned instead.
 */
import { handler as authorize } from "../handlers/authorize.ts";

export async function handler(...invocation: Parameters<typeof authorize>): Promise<unknown> {
  try {
    return await authorize(...invocation);
  } catch (error) {
    if (error instanceof Error && error.message === "Unauthorized") return "Unauthorized";
    throw error;
  }
}
