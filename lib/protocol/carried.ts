/**
 * What a message carries beside its text, and how much it may carry in all. It is bounded as JSON,
 * escaped, because that is how it travels: the largest message is still one frame.
 */
import * as z from "zod/mini";
import { bytesOf } from "./frameSize.ts";
import { limits } from "./limits.ts";
import { userName } from "./names.ts";

/** Any JSON. What is too deep is not written, because writing it takes a stack as deep. */
export const data = z.unknown().check(
  z.refine((value) => isShallow(value, limits.dataDepth), {
    error: `must be nested at most ${limits.dataDepth} deep`,
    abort: true,
  }),
  z.refine(
    (value) => bytesOf(value) <= limits.dataBytes,
    `must take at most ${limits.dataBytes} bytes as JSON`,
  ),
);

/** Users, to the letter. The names are bounded together: most are short. */
export const mentions = z
  .array(userName)
  .check(
    z.refine(
      (users) => bytesOf(users) <= limits.mentionBytes,
      `must take at most ${limits.mentionBytes} bytes as JSON`,
    ),
  );

/** What a message carries: a part of a frame that makes or changes one. */
export interface Carried {
  text?: string;
  data?: unknown;
  mentions?: string[] | undefined;
}

export function carriedBytes({ text, data, mentions }: Carried): number {
  return [text, data, mentions]
    .filter((part) => part !== undefined)
    .reduce<number>((sum, part) => sum + bytesOf(part), 0);
}

/** Whether a value of JSON is nested at most so deep. Not recursive, because the value may be. */
export function isShallow(value: unknown, depth: number): boolean {
  let level = [value].filter(isNesting);
  for (let left = depth; level.length > 0; left -= 1) {
    if (left === 0) return false;
    level = level.flatMap(Object.values).filter(isNesting);
  }
  return true;
}

function isNesting(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
