/**
 * What a client may send: one strict schema per action. Unknown fields are refused, so that typing
 * errors show. AsyncAPI and OpenAPI are generated from here, and the actions' types are inferred
 * from here.
 */
import * as z from "zod/mini";
import { data, mentions as mentionedUsers } from "./carried.ts";
import { emoji } from "./emoji.ts";
import {
  cursor,
  durationMs,
  position,
  reason,
  reportName,
  request,
  retentionMs,
  roomSettings,
  tag,
  title,
  topic,
  version,
} from "./fields.ts";
import { limits } from "./limits.ts";
import { clientName, roomName, userName } from "./names.ts";
import { carriesLittle, notBoth, send, text } from "./sendFrame.ts";

const pageLimit = z
  .int()
  .check(z.minimum(1, "must be at least 1"), z.maximum(limits.historyLimit, "must be at most 100"));

/** What is said of several rooms, by their names. A record schema drops `__proto__` in silence. */
const byRoom = <V>(value: z.ZodMiniType<V, V>, what: string) =>
  z.pipe(
    z.custom<Record<string, V>>(
      (rooms) => typeof rooms === "object" && rooms !== null && !Object.hasOwn(rooms, "__proto__"),
      `must be an object of rooms and ${what}`,
    ),
    z.record(roomName, value),
  );

export const hello = z.strictObject({ ...request("hello"), after: z.optional(roomName) });
export const join = z.strictObject({ ...request("join"), room: roomName });
export const leave = z.strictObject({ ...request("leave"), room: roomName });
export const sync = z
  .strictObject({
    ...request("sync"),
    rooms: byRoom(cursor, "cursors").check(
      z.refine((rooms) => Object.keys(rooms).length > 0, "must name at least one room"),
      z.refine(
        (rooms) => Object.keys(rooms).length <= limits.syncRooms,
        `must name at most ${limits.syncRooms} rooms`,
      ),
      z.refine(
        // Names are ASCII.
        (rooms) => JSON.stringify(Object.keys(rooms)).length <= limits.syncNameBytes,
        `must name rooms of at most ${limits.syncNameBytes} bytes in all`,
      ),
    ),
    tags: z.optional(byRoom(tag, "tags")),
  })
  .check(
    z.refine(
      ({ rooms, tags = {} }) =>
        Object.keys(tags).every((room) => Object.hasOwn(rooms, room) && Number(rooms[room]) > 0),
      "takes tags only of rooms with a cursor of at least 1",
    ),
  );
export const history = z
  .strictObject({
    ...request("history"),
    room: roomName,
    before: z.optional(position),
    after: z.optional(cursor),
    around: z.optional(position),
    limit: z.optional(pageLimit),
  })
  .check(notBoth("before", "after"), notBoth("around", "before"), notBoth("around", "after"));
export const events = z.strictObject({
  ...request("events"),
  room: roomName,
  seqs: z
    .array(position)
    .check(
      z.minLength(1, "must name at least one event"),
      z.maxLength(limits.eventsAsked, `must name at most ${limits.eventsAsked} events`),
    ),
});
export const edit = z
  .strictObject({
    ...request("edit"),
    room: roomName,
    seq: position,
    text,
    data: z.optional(data),
    mentions: z.optional(mentionedUsers),
    v: z.optional(version),
    cid: z.optional(clientName),
  })
  .check(carriesLittle);
const deleteFrame = z.strictObject({ ...request("delete"), room: roomName, seq: position });
export const react = z.strictObject({
  ...request("react"),
  room: roomName,
  seq: position,
  emoji,
  on: z.boolean(),
});
export const reactors = z.strictObject({
  ...request("reactors"),
  room: roomName,
  seq: position,
  emoji: z.optional(emoji),
  after: z.optional(userName),
});
export const thread = z
  .strictObject({
    ...request("thread"),
    room: roomName,
    seq: position,
    before: z.optional(position),
    after: z.optional(cursor),
    limit: z.optional(pageLimit),
  })
  .check(notBoth("before", "after"));
export const read = z.strictObject({ ...request("read"), room: roomName, seq: cursor });
export const readers = z.strictObject({ ...request("readers"), room: roomName, seq: position });
export const mentions = z.strictObject({ ...request("mentions"), after: z.optional(cursor) });
export const pin = z.strictObject({
  ...request("pin"),
  room: roomName,
  seq: position,
  on: z.boolean(),
});
export const typing = z.strictObject({ ...request("typing"), room: roomName, on: z.boolean() });
export const who = z.strictObject({ ...request("who"), room: roomName });
export const focus = z.strictObject({
  ...request("focus"),
  rooms: z.array(roomName).check(
    z.maxLength(limits.focusRooms, `must name at most ${limits.focusRooms} rooms`),
    z.refine((rooms) => new Set(rooms).size === rooms.length, "must name each room once"),
  ),
});
export const ping = z.strictObject({ ...request("ping") });

export const create = z
  .strictObject({
    ...request("create"),
    visibility: z.enum(["public", "private"], 'must be "public" or "private"'),
    room: z.optional(roomName),
    title: z.optional(title),
    topic: z.optional(topic),
    invite: z.optional(
      z
        .array(userName)
        .check(
          z.maxLength(limits.createInvites, `must name at most ${limits.createInvites} users`),
        ),
    ),
    cid: z.optional(clientName),
  })
  .check(
    z.refine(
      ({ visibility, cid }) => cid === undefined || visibility === "private",
      "takes a cid only if it is private",
    ),
    z.refine(
      ({ visibility, room }) => (visibility === "public") === (room !== undefined),
      "takes a room if it is public, and none if it is private",
    ),
  );
export const configure = z
  .strictObject({
    ...request("configure"),
    room: roomName,
    rev: z.optional(cursor),
    ...roomSettings.shape,
    retentionMs: z.optional(retentionMs),
  })
  .check(
    z.refine(
      (frame) => Object.keys(roomSettings.shape).some((field) => field in frame),
      "must set something",
    ),
  );
export const settings = z.strictObject({ ...request("settings"), room: roomName });
const aboutUser = { room: roomName, user: userName };
export const grant = z.strictObject({
  ...request("grant"),
  ...aboutUser,
  role: z.enum(["owner", "moderator", "member"], 'must be "owner", "moderator" or "member"'),
});
export const invite = z.strictObject({ ...request("invite"), ...aboutUser });
export const uninvite = z.strictObject({ ...request("uninvite"), ...aboutUser });
export const decline = z.strictObject({ ...request("decline"), room: roomName });
export const kick = z.strictObject({
  ...request("kick"),
  ...aboutUser,
  reason: z.optional(reason),
});
export const ban = z.strictObject({ ...request("ban"), ...aboutUser, reason: z.optional(reason) });
export const unban = z.strictObject({
  ...request("unban"),
  ...aboutUser,
  reason: z.optional(reason),
});
export const bans = z.strictObject({
  ...request("bans"),
  room: roomName,
  after: z.optional(userName),
});
export const mute = z.strictObject({
  ...request("mute"),
  ...aboutUser,
  forMs: durationMs(limits.muteMs),
});
export const close = z.strictObject({ ...request("close"), room: roomName });
export const reopen = z.strictObject({ ...request("reopen"), room: roomName });
export const members = z.strictObject({
  ...request("members"),
  room: roomName,
  after: z.optional(userName),
  limit: z.optional(pageLimit),
});
export const block = z.strictObject({
  ...request("block"),
  user: userName,
  on: z.boolean(),
});
export const blocks = z.strictObject({ ...request("blocks"), after: z.optional(userName) });
/** What `preferences` can set; `unreadFrom` 0 takes the mark away. */
const preferred = {
  notify: z.optional(z.enum(["all", "mentions", "none"], 'must be "all", "mentions" or "none"')),
  hidden: z.optional(z.boolean()),
  unreadFrom: z.optional(cursor),
};
export const preferences = z
  .strictObject({ ...request("preferences"), room: roomName, ...preferred })
  .check(
    z.refine(
      (frame) => Object.keys(preferred).some((field) => field in frame),
      "must set something",
    ),
  );
export const report = z.strictObject({
  ...request("report"),
  room: roomName,
  seq: position,
  reason: z.optional(reason),
});
export const reports = z.strictObject({
  ...request("reports"),
  room: roomName,
  after: z.optional(reportName),
});
export const directory = z.strictObject({ ...request("directory"), after: z.optional(roomName) });

/** Every client frame by its action, in the order of docs/protocol.md. */
export const clientFrames = {
  hello,
  join,
  leave,
  send,
  sync,
  history,
  events,
  edit,
  delete: deleteFrame,
  react,
  reactors,
  thread,
  read,
  readers,
  mentions,
  pin,
  typing,
  who,
  focus,
  ping,
  create,
  configure,
  settings,
  grant,
  invite,
  uninvite,
  decline,
  kick,
  ban,
  unban,
  bans,
  mute,
  close,
  reopen,
  members,
  block,
  blocks,
  preferences,
  report,
  reports,
  directory,
};

export type ClientFrames = typeof clientFrames;
export type Action = keyof ClientFrames;
export type ClientFrame<A extends Action> = z.output<ClientFrames[A]>;
