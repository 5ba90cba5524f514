/**
 * Fitting lists into frames. The gateway takes at most one metered unit of bytes at once, so a page
 * is cut where the next item would not fit, and the client asks for the rest.
 */
import { limits } from "./limits.ts";

/**
 * Room for everything of a frame but its list: type, id, numbers, and the name of a direct room of
 * two users of the greatest length, which takes 1,024 bytes by itself.
 */
export const envelopeBytes = 1_280;

export const bytesOf = (frame: unknown): number => Buffer.byteLength(JSON.stringify(frame));

/** What an envelope leaves of a frame. */
export const contentBytes = limits.frameBytes - envelopeBytes;

/**
 * How many of `items`, in the given order, fit into one frame, or into so many bytes of it. At
 * least one event always fits into a frame (see limits.test.ts).
 */
export function countThatFit(items: readonly unknown[], bytesMax = contentBytes): number {
  let bytes = 0;
  for (const [index, item] of items.entries()) {
    bytes += bytesOf(item) + 1;
    if (bytes > bytesMax) return index;
  }
  return items.length;
}

/** As many of `items` as fit into one frame, and whether there are more, there or behind them. */
export function fittingPage<T>(
  items: readonly T[],
  hasMore: boolean,
): { page: T[]; more: boolean } {
  const page = items.slice(0, countThatFit(items));
  return { page, more: hasMore || page.length < items.length };
}

/** All of `events`, in the given order, in as few frames as they fit in. */
export function framesOf<E>(events: readonly E[]): E[][] {
  const frames: E[][] = [];
  for (let from = 0; from < events.length; from += frames.at(-1)?.length ?? 0) {
    const left = events.slice(from);
    frames.push(left.slice(0, Math.max(1, countThatFit(left))));
  }
  return frames;
}
