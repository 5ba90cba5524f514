/** Replies about one message that is in a log. */
import * as z from "zod/mini";
import { messageEvent } from "./events.ts";
import { cursor, version } from "./fields.ts";
import { clientName, roomName, userName } from "./names.ts";

const reply = { id: z.optional(clientName) };

export const edited = z.strictObject({
  type: z.literal("edited"),
  ...reply,
  room: roomName,
  seq: cursor,
  v: version,
});
export const deleted = z.strictObject({ ...edited.shape, type: z.literal("deleted") });
export const reacted = z.strictObject({
  type: z.literal("reacted"),
  ...reply,
  room: roomName,
  seq: cursor,
  emoji: z.string(),
  on: z.boolean(),
});
export const reactors = z.strictObject({
  type: z.literal("reactors"),
  ...reply,
  room: roomName,
  seq: cursor,
  reactors: z.array(z.strictObject({ user: userName, emoji: z.string() })),
  mine: z.array(z.string()),
  more: z.boolean(),
});
export const thread = z.strictObject({
  type: z.literal("thread"),
  ...reply,
  room: roomName,
  seq: cursor,
  events: z.array(messageEvent),
  more: z.boolean(),
  unread: z.optional(z.int().check(z.nonnegative())),
});
