/**
 * Sockets in memory, for tests: they keep what was posted, and answer for a connection as they are
 * told to.
 */
import type { PostResult, Sockets } from "../../../lib/ports.ts";
import type { ServerFrame } from "../../../lib/protocol/serverFrames.ts";

export interface MemorySockets extends Sockets {
  /** Frames that were delivered to a connection, oldest first. */
  framesOf(connectionId: string): ServerFrame[];
  /** Every post with any answer, as connection ids. */
  readonly attempts: string[];
  readonly closed: string[];
  /** What requests for a connection are answered from now on; a function is asked at each one. */
  answer(connectionId: string, result: PostResult | (() => PostResult | Promise<PostResult>)): void;
}

export function memorySockets(): MemorySockets {
  const frames = new Map<string, ServerFrame[]>();
  const answers = new Map<string, () => PostResult | Promise<PostResult>>();
  const attempts: string[] = [];
  const closed: string[] = [];
  const answerOf = async (connectionId: string) =>
    (await answers.get(connectionId)?.()) ?? "delivered";
  return {
    attempts,
    closed,
    framesOf: (connectionId) => frames.get(connectionId) ?? [],
    answer(connectionId, result) {
      answers.set(connectionId, typeof result === "function" ? result : () => result);
    },
    async post({ connectionId }, bytes) {
      attempts.push(connectionId);
      const result = await answerOf(connectionId);
      if (result === "delivered") {
        const frame = JSON.parse(new TextDecoder().decode(bytes)) as ServerFrame;
        frames.set(connectionId, [...(frames.get(connectionId) ?? []), frame]);
      }
      return result;
    },
    async close({ connectionId }) {
      closed.push(connectionId);
      return answerOf(connectionId);
    },
  };
}
