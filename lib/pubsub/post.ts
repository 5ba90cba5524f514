/**
 * Post to one connection: a frame at once, or what one recipient of a delivery is owed, attempt by
 * attempt. Retry policy lives here; adapters make one attempt.
 */
import type { Subscription } from "../model.ts";
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
  { sockets, clock, random }: Pick<Ports, "sockets" | "clock" | "random">,
  to: Address,
  frame: Uint8Array<ArrayBuffer>,
): Promise<PostResult> {
  for (let tries = 1; ; tries += 1) {
    const result = await sockets.post(to, frame, limits.postTimeoutMs);
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
  { sockets, clock }: Pick<Ports, "sockets" | "clock">,
  connection: Address,
  code: DisconnectCode,
  deadlineMs = Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const withinMs = () => Math.min(limits.postTimeoutMs, deadlineMs - clock.nowMs());
  if (withinMs() > 0) await sockets.post(connection, disconnectFrame(code), withinMs());
  if (withinMs() <= 0) return false;
  const result = await sockets.close(connection, withinMs());
  return result === "delivered" || result === "gone";
}

export interface Recipient {
  readonly subscription: Subscription;
  /** The connection that was read before this one: another delivery can go on behind it. */
  readonly behind: string;
  /** Known from the first attempt on. */
  isExpired?: boolean;
  /** Frames that it has been posted. An expired one has two steps: being told, and closed. */
  done: number;
  /** Tries of the next frame so far. */
  tries: number;
}

/** How a delivery ends for a recipient. `left`: not tried, for want of time. */
export type Ending = PostResult | "expired" | "left";

export type Course = ReturnType<typeof createCourse>;

/**
 * What a delivery does for one recipient, one attempt after the other. Usually it posts the frames
 * in order, each with its retries. An expired connection gets no content: it is told why, then
 * closed, also when telling it has failed.
 */
export function createCourse(
  { sockets, clock, random, measure }: Pick<Ports, "sockets" | "clock" | "random" | "measure">,
  frames: readonly Uint8Array<ArrayBuffer>[],
) {
  const farewell = [disconnectFrame("token_expired")];
  return {
    /** Ask the gateway once. */
    async attempt(recipient: Recipient, withinMs: number): Promise<PostResult> {
      const { subscription, done } = recipient;
      recipient.isExpired ??= subscription.expiresAtMs <= clock.nowMs();
      const frame = (recipient.isExpired ? farewell : frames)[done];
      if (frame) return sockets.post(subscription, frame, withinMs);
      return recipient.isExpired ? sockets.close(subscription, withinMs) : "delivered";
    },
    /** Milliseconds until the next attempt, or how it has ended. */
    after(recipient: Recipient, result: PostResult): number | Ending {
      const { isExpired } = recipient;
      if (result === "throttled") measure("throttled", 1);
      if (result !== "delivered" && !isExpired) {
        recipient.tries += 1;
        return retryAfterMs(result, recipient.tries, random) ?? result; // no frame behind a gap
      }
      recipient.tries = 0;
      recipient.done += 1;
      if (isExpired) return recipient.done > farewell.length ? "expired" : 0;
      return recipient.done < frames.length ? 0 : "delivered";
    },
    /** How it ends without another attempt: its gateway is down, or time is up. */
    endingWithout({ isExpired }: Recipient, isDown: boolean): Ending {
      if (isExpired === undefined && !isDown) return "left";
      return isExpired ? "expired" : "failed";
    },
  };
}
