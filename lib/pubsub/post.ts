/**
 * Post one frame to one connection. What an answer of the gateway is worth trying again for is
 * decided here, and nowhere below: the adapter asks once.
 */
import type { Subscription } from "../domain/model.ts";
import type { Ports, PostResult } from "../ports.ts";
import { type DisconnectCode, disconnectCodes } from "../protocol/codes.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";

type Recipient = Pick<Subscription, "gateway" | "connectionId">;

export function encodeFrame(frame: ServerFrame): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(frame));
}

/** What says why a connection is closed. */
export function disconnectFrame(code: DisconnectCode): Uint8Array<ArrayBuffer> {
  const { meaning, reconnect, afterMs } = disconnectCodes[code];
  return encodeFrame({ type: "disconnect", code, message: meaning, reconnect, afterMs });
}

/** Tell a connection why, then close it: a gateway lets nobody choose a close code. */
export async function disconnect(
  ports: Pick<Ports, "gateways">,
  connection: Recipient,
  code: DisconnectCode,
): Promise<void> {
  await ports.gateways.post(connection, disconnectFrame(code), limits.postTimeoutMs);
  await ports.gateways.close(connection);
}

/** Sees every answer, and may make the next try wait longer or not happen. */
export interface Watch {
  /** `isRetry`: of a post to a recipient that was throttled, or not reached, just before. */
  saw(result: PostResult, isRetry: boolean): void;
  /** Milliseconds until there is any use in posting again; infinite when there is none. */
  holdMs(): number;
  /** Resolves so much later, or when it is this post's turn again after that. */
  wait(ms: number): Promise<void>;
}

/**
 * Retries for an answer of the kind: jittered, since whatever was too fast for us was too fast for
 * others.
 */
const retries: Partial<Record<PostResult, { times: number; waitMs: number }>> = {
  throttled: { times: 2, waitMs: 100 },
  failed: { times: 1, waitMs: 50 },
};

/** Post, retrying as the last answer and the deadline allow. Never throws. */
export async function postWithRetries(
  ports: Pick<Ports, "gateways" | "clock" | "random">,
  to: Recipient,
  bytes: Uint8Array<ArrayBuffer>,
  deadlineMs = Number.POSITIVE_INFINITY,
  watch: Watch = { saw() {}, holdMs: () => 0, wait: ports.clock.wait },
): Promise<PostResult> {
  for (let attempt = 0; ; attempt += 1) {
    const leftMs = deadlineMs - ports.clock.nowMs();
    const result = await ports.gateways.post(to, bytes, Math.min(limits.postTimeoutMs, leftMs));
    watch.saw(result, attempt > 0);
    const retry = retries[result];
    if (retry === undefined || attempt >= retry.times) return result;
    const jitteredMs = retry.waitMs * (attempt + 0.5 + ports.random());
    const waitMs = Math.max(jitteredMs, watch.holdMs());
    if (ports.clock.nowMs() + waitMs >= deadlineMs) return result;
    await watch.wait(waitMs);
    if (ports.clock.nowMs() >= deadlineMs) return result;
  }
}
