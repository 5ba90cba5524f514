/** Plain values that tests build on: say only what matters to the test. */
import type { Connection } from "../../lib/model.ts";
import type { MessageEvent } from "../../lib/protocol/serverFrames.ts";

/** Whole seconds, as every stored expiry is. */
export const nowMs = 1_767_225_600_000;

export function logEvent(seq: number, changes: Partial<MessageEvent> = {}): MessageEvent {
  return {
    seq,
    n: seq,
    ...tagsAt(seq),
    kind: "message",
    from: "alice",
    name: "Alice",
    cid: `c-${seq}`,
    text: `message ${seq}`,
    sentAtMs: nowMs + seq,
    ...changes,
  };
}

/** The tag of the event at a position, and of the one before it. */
export function tagsAt(seq: number): { tag: string; prev?: string } {
  return { tag: tagAt(seq), ...(seq > 1 && { prev: tagAt(seq - 1) }) };
}
export const tagAt = (seq: number): string => `t${String(seq).padStart(7, "0")}`;

export function connectionOf(user: string, changes: Partial<Connection> = {}): Connection {
  return {
    connectionId: `${user}-1`,
    gateway: "http://localhost:3001",
    user,
    connectedAtMs: nowMs,
    expiresAtMs: nowMs + 7_200_000,
    ...changes,
  };
}
