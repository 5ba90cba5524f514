/** Post one frame to one connection. Retry policy lives here; adapters make one attempt. */
import type { Address, Ports, PostResult } from "../ports.ts";
import { type DisconnectCode, disconnectCodes } from "../protocol/codes.ts";
import { limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/serverFrames.ts";

export function encodeFrame(frame: ServerFrame): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(frame));
}

/** Says why a connection is closed. */
export function disconnectFrame(code: DisconnectCode): Uint8Array<ArrayBuffer> {
  const { meaning, reconnect, afterMs } = disconnectCodes[code];
  return encodeFrame({ type: "disconnect", code, message: meaning, reconnect, afterMs });
}

/** Answers that are worth another try. */
const retries: Partial<Record<PostResult, { times: number; waitMs: number }>> = {
  throttled: { times: 2, waitMs: 100 },
  failed: { times: 1, waitMs: 50 },
};

/**
 * Milliseconds until the next try after so many tries, or undefined when this answer is final.
 * Jittered, because a gateway that was too slow for us was too slow for others at the same time.
 */
export function retryAfterMs(result: PostResult, tries: number, random: () => number) {
  const retry = retries[result];
  if (retry === undefined || tries > retry.times) return undefined;
  return retry.waitMs * (tries - 0.5 + random());
}

/** Post, with retries. Never throws. */
export async function postWithRetries(
  { gateways, clock, random }: Pick<Ports, "gateways" | "clock" | "random">,
  to: Address,
  frame: Uint8Array<ArrayBuffer>,
): Promise<PostResult> {
  for (let tries = 1; ; tries += 1) {
    const result = await gateways.post(to, frame, limits.postTimeoutMs);
    const waitMs = retryAfterMs(result, tries, random);
    if (waitMs === undefined) return result;
    await clock.wait(waitMs);
  }
}

/**
 * Tell a connection why, then close it: a gateway lets nobody choose a close code. Each is tried
 * once, before the deadline. True when the connection is closed or gone.
 */
export async function disconnect(
  { gateways, clock }: Pick<Ports, "gateways" | "clock">,
  connection: Address,
  code: DisconnectCode,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const withinMs = () => Math.min(limits.postTimeoutMs, deadlineMs - clock.nowMs());
  if (withinMs() > 0) await gateways.post(connection, disconnectFrame(code), withinMs());
  if (withinMs() <= 0) return false;
  const result = await gateways.close(connection, withinMs());
  return result === "delivered" || result === "gone";
}
