/**
 * The authorizer as AWS would treat it. There, a thrown Error("Unauthorized") is a 401; the
 * emulator makes it a 500, and wants the bare word returned instead.
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
