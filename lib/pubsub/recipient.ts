/**
 * What a delivery does for one recipient, one attempt after the other. Usually it posts the frames
 * in order, each with its retries. An expired connection gets no content: it is told why, then
 * closed, whatever the answers.
 */
import type { Subscription } from "../model.ts";
import type { Ports, PostResult } from "../ports.ts";
import { disconnectFrame, retryAfterMs } from "./post.ts";

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

export function createCourse(
  { gateways, clock, random }: Pick<Ports, "gateways" | "clock" | "random">,
  frames: readonly Uint8Array<ArrayBuffer>[],
) {
  const farewell = [disconnectFrame("token_expired")];
  return {
    /** Ask the gateway once. */
    async attempt(recipient: Recipient, withinMs: number): Promise<PostResult> {
      const { subscription, done } = recipient;
      recipient.isExpired ??= subscription.expiresAtMs <= clock.nowMs();
      const frame = (recipient.isExpired ? farewell : frames)[done];
      if (frame) return gateways.post(subscription, frame, withinMs);
      return recipient.isExpired ? gateways.close(subscription, withinMs) : "delivered";
    },
    /** Milliseconds until the next attempt, or how it has ended. */
    after(recipient: Recipient, result: PostResult): number | Ending {
      const { isExpired } = recipient;
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
