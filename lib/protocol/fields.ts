/** What frames are made of: the fields that several of them have, with what refuses each. */
import * as z from "zod/mini";
import { limits } from "./limits.ts";
import { characters, clientName } from "./names.ts";

/** A position up to which a client has applied everything; 0 is "nothing yet". */
export const cursor = z.int().check(z.nonnegative("must not be negative"));
/** An event's mark, which no other event has: see `logEvent`. */
export const tag = z.string().check(z.regex(/^[A-Za-z0-9_-]{8}$/, "is not the tag of an event"));
/** Of an event: 1 at first, and one more with each change. */
export const version = z.int().check(z.positive("must be at least 1"));
export const position = z.int().check(z.positive("must be at least 1"));

export const request = <A extends string>(action: A) => ({
  action: z.literal(action),
  id: z.optional(clientName),
});

/** Controls, ends of lines, and what turns the direction of all that follows. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u;
const visible = /(?!\u2800|\p{Default_Ignorable_Code_Point})[\p{L}\p{N}\p{P}\p{S}]/u;

/** One line, trimmed; empty: none. It is shown in lists, and to strangers who are invited. */
const line = (max: number) =>
  z.string().check(
    z.refine((value) => value.isWellFormed(), "must be well-formed Unicode"),
    z.refine((value) => !unsafe.test(value), "must be one line, without controls"),
    z.refine((value) => value.trim() === "" || visible.test(value), "must show something"),
    z.trim(),
    z.refine((value) => characters(value) <= max, `must be at most ${max} characters`),
  );
export const title = line(limits.titleCharacters);
export const topic = line(limits.topicCharacters);
export const reason = line(limits.reasonCharacters);
export const durationMs = (max: number) =>
  z.int().check(z.nonnegative("must not be negative"), z.maximum(max, `must be at most ${max}`));

/** What `configure` can set. */
export const roomSettings = z.strictObject({
  title: z.optional(title),
  topic: z.optional(topic),
  invites: z.optional(z.enum(["members", "moderators"], 'must be "members" or "moderators"')),
  history: z.optional(z.enum(["all", "since_join"], 'must be "all" or "since_join"')),
  slowModeMs: z.optional(durationMs(limits.slowModeMs)),
  listed: z.optional(z.boolean()),
  retentionMs: z.optional(z.int()),
});
/** As `configure` takes it. */
export const retentionMs = durationMs(limits.retentionMs).check(
  z.refine((ms) => ms === 0 || ms >= limits.retentionMsLeast, "must be 0, or at least a day"),
);
/** A report's name: the position of the message, and who reported it. */
export const reportName = z
  .string()
  .check(
    z.regex(/^[1-9][0-9]{0,15}\.[ -~]+$/, "must be the report of an entry of reports"),
    z.maxLength(17 + limits.userCharacters, "must be the report of an entry of reports"),
  );
