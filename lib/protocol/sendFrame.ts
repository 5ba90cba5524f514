/**
 * The frame of `send`, and what it shares with other frames about messages. It stands alone, so
 * that the hot path's bundle holds no other frame.
 */
import * as z from "zod/mini";
import { type Carried, carriedBytes, data, mentions } from "./carried.ts";
import { cursor, position, request, tag } from "./fields.ts";
import { limits } from "./limits.ts";
import { characters, clientName, roomName, userName } from "./names.ts";

/**
 * A message's text, trimmed. A lone surrogate cannot be written in UTF-8 and NUL cannot be shown by
 * any client, so both are refused rather than silently replaced: what is acked is what is stored.
 */
export const text = z.string().check(
  z.refine((value) => value.isWellFormed(), "must be well-formed Unicode"),
  z.refine((value) => !value.includes("\0"), "must not contain NUL"),
  z.trim(),
  z.minLength(1, "must not be blank"),
  z.refine(
    (value) => characters(value) <= limits.textCharacters,
    `must be at most ${limits.textCharacters} characters`,
  ),
);

export const notBoth = <F extends string>(first: F, second: F) =>
  z.refine<Partial<Record<F, unknown>>>(
    (frame) => frame[first] === undefined || frame[second] === undefined,
    `takes ${first} or ${second}, not both`,
  );

/** A tag is of an event, and there is none at position 0. */
export const tagHasPosition = z.refine<{
  after?: number | undefined;
  afterTag?: string | undefined;
}>(
  ({ after, afterTag }) => afterTag === undefined || (after !== undefined && after > 0),
  "takes afterTag only with an after of at least 1",
);

/** A text alone is always little enough. */
export const carriesLittle = z.refine<Carried>(
  (carried) =>
    (carried.data === undefined && carried.mentions === undefined) ||
    carriedBytes(carried) <= limits.carriedBytes,
  `must carry at most ${limits.carriedBytes} bytes as JSON in all`,
);

export const send = z
  .strictObject({
    ...request("send"),
    room: z.optional(roomName),
    to: z.optional(userName),
    text,
    data: z.optional(data),
    replyTo: z.optional(position),
    thread: z.optional(position),
    inRoom: z.optional(z.boolean()),
    mentions: z.optional(mentions),
    everyone: z.optional(z.boolean()),
    cid: z.optional(clientName),
    after: z.optional(cursor),
    afterTag: z.optional(tag),
  })
  .check(
    notBoth("room", "to"),
    tagHasPosition,
    carriesLittle,
    z.refine(
      (frame) => !frame.inRoom || frame.thread !== undefined,
      "takes inRoom with thread only",
    ),
    z.refine((frame) => frame.room !== undefined || frame.to !== undefined, "needs room or to"),
  );
