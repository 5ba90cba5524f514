/** The entries of a room's log, by kind. Stored items are read with these schemas too. */
import * as z from "zod/mini";
import { cursor, reason, roomSettings, tag, version } from "./fields.ts";
import { clientName, userName } from "./names.ts";

const timeMs = z.int().check(z.nonnegative());
const count = z.int().check(z.nonnegative());

/**
 * What every entry has. `tag` is random, so it names the event where `seq` names only a place: a
 * log that went back has others at its places. `prev` is the tag of the event before it, so that a
 * client sees of every event whether it belongs behind what it has; the first one has none.
 */
export const entry = {
  seq: cursor,
  n: count,
  tag,
  prev: z.optional(tag),
  from: userName,
  name: z.optional(z.string()),
  cid: clientName,
  sentAtMs: timeMs,
};
/** What an edit puts other things in place of. */
export const editable = { text: z.optional(z.string()), data: z.optional(z.unknown()) };
/** What its sender put into a message. A message that is deleted has none of it. */
export const carried = {
  ...editable,
  replyTo: z.optional(cursor),
  mentions: z.optional(z.array(userName)),
  everyone: z.optional(z.literal(true)),
};
export const replies = z.strictObject({ replies: count, lastSeq: cursor });
/** Where a message belongs. One that is deleted stays there. */
const place = {
  /** Of a reply, the position of its thread's root; of a root, what there is of replies. */
  thread: z.optional(z.union([cursor, replies])),
  inRoom: z.optional(z.literal(true)),
};
/**
 * Who reacted to a message with an emoji: how many, up to `limits.reactorsCounted`, and the first
 * of them.
 */
export const reaction = z.strictObject({
  emoji: z.string(),
  count,
  users: z.array(userName),
});
export const deleted = z.strictObject({ by: z.enum(["author", "moderator"]), atMs: timeMs });
/**
 * The one kind that counts in `n`. Each change raises `v`, which is 1 where it is missing. A
 * message has its content, or names the side that deleted it.
 */
export const messageEvent = z.strictObject({
  ...entry,
  v: z.optional(version),
  kind: z.literal("message"),
  ...carried,
  ...place,
  editedAtMs: z.optional(timeMs),
  reactions: z.optional(z.array(reaction)),
  deleted: z.optional(deleted),
});
/** All that a delete removes. `thread` stays, and so does the place in the log. */
export const deletedFields: readonly string[] = [
  ...Object.keys(carried),
  ...["name", "editedAtMs", "edits", "reactions", "reactionsRev"],
];
/**
 * An event at an earlier position has changed, and is at this `v`, or a later one. `from` is its
 * author. `now`, the event as it is, is no part of the log: it is joined when the log is read.
 */
export const changedEvent = z.strictObject({
  ...entry,
  kind: z.literal("changed"),
  of: cursor,
  v: version,
  now: z.optional(messageEvent),
});
export const roomChange = z.strictObject({
  ...roomSettings.shape,
  closed: z.optional(z.boolean()),
  pins: z.optional(z.array(cursor)),
});
/** Somebody set something of the room. */
export const roomEvent = z.strictObject({
  ...entry,
  kind: z.literal("room"),
  set: roomChange,
  rev: z.optional(count),
});
/** Somebody came, went, or was given or lost a right. */
export const memberEvent = z.strictObject({
  ...entry,
  kind: z.literal("member"),
  user: userName,
  change: z.enum(["joined", "left", "kicked", "banned", "unbanned", "muted", "role"]),
  role: z.optional(z.enum(["owner", "moderator", "member"])),
  untilMs: z.optional(timeMs),
  reason: z.optional(reason),
});
