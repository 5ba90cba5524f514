/**
 * Post one frame to one connection. Retry policy lives here; adapters make one attempt.
 */
import type { Address, Ports, PostResult } from "../ports.ts";
import { type DisconnectCode, disconnectCodes } from "../protocol/codes.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";

export function encodeFrame(frame: ServerFrame): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(frame));
}

/** What says why a connection is closed. */
export function disconnectFrame(code: DisconnectCode): Uint8Array<ArrayBuffer> {
  const { meaning, reconnect, afterMs } = disconnectCodes[code];
  return encodeFrame({ type: "disconnect", code, message: meaning, reconnect, afterMs });
}

/** Sees every answer, and may make the next try wait longer or not happen. */
export interface Watch {
  /** `isRetry`: of a post to a recipient that was throttled, or not reached, just before. */
  saw(result: PostResult, isRetry: boolean): void;
  /** Milliseconds until the next post may begin: 0 now, infinite never. */
  holdMs(): number;
  /** Resolves so much later, or when it is this post's turn again after that. */
  wait(ms: number): Promise<void>;
}

const unwatched = ({ clock }: Pick<Ports, "clock">): Watch => ({
  saw() {},
  holdMs: () => 0,
  wait: clock.wait,
});

/**
 * Retries for an answer of the kind: jittered, since whatever was too fast for us was too fast for
 * others.
 */
const retries: Partial<Record<PostResult, { times: number; waitMs: number }>> = {
  throttled: { times: 2, waitMs: 100 },
  failed: { times: 1, waitMs: 50 },
};

/**
 * Post, retrying as the last answer, the watch and the deadline allow: "failed" when they allow no
 * try at all. Never throws.
 */
export async function postWithRetries(
  ports: Pick<Ports, "gateways" | "clock" | "random">,
  to: Address,
  bytes: Uint8Array<ArrayBuffer>,
  deadlineMs = Number.POSITIVE_INFINITY,
  watch: Watch = unwatched(ports),
): Promise<PostResult> {
  let result: PostResult = "failed";
  for (let attempt = 0; ; attempt += 1) {
    const leftMs = deadlineMs - ports.clock.nowMs();
    // While it waited, the time may have run out, or its gateway stopped answering.
    if (leftMs <= watch.holdMs()) return result;
    result = await ports.gateways.post(to, bytes, Math.min(limits.postTimeoutMs, leftMs));
    watch.saw(result, attempt > 0);
    const retry = retries[result];
    if (retry === undefined || attempt >= retry.times) return result;
    const jitteredMs = retry.waitMs * (attempt + 0.5 + ports.random());
    const waitMs = Math.max(jitteredMs, watch.holdMs());
    if (ports.clock.nowMs() + waitMs >= deadlineMs) return result;
    await watch.wait(waitMs);
  }
}

/**
 * Tell a connection why, then close it: a gateway lets nobody choose a close code. Each is tried
 * once, if the deadline and the watch allow it. True when the connection is closed or gone.
 */
export async function disconnect(
  ports: Pick<Ports, "gateways" | "clock">,
  connection: Address,
  code: DisconnectCode,
  deadlineMs = Number.POSITIVE_INFINITY,
  watch: Watch = unwatched(ports),
): Promise<boolean> {
  const attempts = [
    (ms: number) => ports.gateways.post(connection, disconnectFrame(code), ms),
    (ms: number) => ports.gateways.close(connection, ms),
  ];
  let result: PostResult = "failed";
  for (const attempt of attempts) {
    const leftMs = deadlineMs - ports.clock.nowMs();
    if (leftMs <= watch.holdMs()) return false;
    result = await attempt(Math.min(limits.postTimeoutMs, leftMs));
    watch.saw(result, false);
  }
  return result === "delivered" || result === "gone";
}
