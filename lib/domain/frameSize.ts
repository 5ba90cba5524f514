/**
 * Fitting events into frames. The gateway takes at most one metered unit of bytes at once, so a
 * page is cut where the next event would not fit, and the client asks for the rest.
 */
import { limits } from "../protocol/limits.ts";
import type { LogEvent } from "../protocol/serverFrames.ts";

/** Room for everything of a frame but its events: type, id, a direct room's name, numbers. */
export const envelopeBytes = 512;

export const bytesOf = (frame: unknown): number => Buffer.byteLength(JSON.stringify(frame));

/**
 * How many of `events`, in the given order, fit into one frame. At least one always does (see
 * limits.test.ts).
 */
export function countThatFit(events: readonly LogEvent[]): number {
  let bytes = envelopeBytes;
  for (const [index, event] of events.entries()) {
    bytes += bytesOf(event) + 1;
    if (bytes > limits.frameBytes) return index;
  }
  return events.length;
}

/** All of `events`, in the given order, in as few frames as they fit in. */
export function framesOf(events: readonly LogEvent[]): LogEvent[][] {
  const frames: LogEvent[][] = [];
  for (let from = 0; from < events.length; from += frames.at(-1)?.length ?? 0) {
    const left = events.slice(from);
    frames.push(left.slice(0, Math.max(1, countThatFit(left))));
  }
  return frames;
}
