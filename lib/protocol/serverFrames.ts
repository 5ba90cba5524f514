/**
 * What the service sends. Nothing parses these at run time on our side; the docs are generated from
 * them, the tests parse every frame that they receive with them, and the types that the actions
 * return are inferred from them.
 */
import * as z from "zod/mini";
import { type DisconnectCode, disconnectCodes, type ErrorCode, errorCodes } from "./codes.ts";
import { changedEvent, memberEvent, messageEvent, roomEvent } from "./events.ts";
import { cursor, reason, reportName, roomSettings, tag } from "./fields.ts";
import { deleted, edited, reacted, reactors, thread } from "./messageFrames.ts";
import { clientName, roomName, userName } from "./names.ts";

const timeMs = z.int().check(z.nonnegative());
const count = z.int().check(z.nonnegative());
const reply = { id: z.optional(clientName) };

export type MessageEvent = z.output<typeof messageEvent>;
export type Reaction = NonNullable<MessageEvent["reactions"]>[number];
export type RoomEvent = z.output<typeof roomEvent>;
export type MemberEvent = z.output<typeof memberEvent>;
export type ChangedEvent = z.output<typeof changedEvent>;
/** Any event may be asked for its text; only a message has one. */
export type LogEvent = MessageEvent | ((RoomEvent | MemberEvent | ChangedEvent) & { text?: never });
export const logEvent = z.union([
  messageEvent,
  roomEvent,
  memberEvent,
  changedEvent,
]) as unknown as z.ZodMiniType<LogEvent, LogEvent>;

/** What a user has set for a room. */
const preferred = {
  notify: z.optional(z.enum(["mentions", "none"])),
  hidden: z.optional(z.literal(true)),
  unreadFrom: z.optional(cursor),
};
const welcome = z.strictObject({
  type: z.literal("welcome"),
  ...reply,
  user: userName,
  name: z.optional(z.string()),
  connectionId: z.optional(z.string()),
  protocol: z.literal(1),
  expiresAtMs: timeMs,
  limits: z.strictObject({ frameBytes: count, textCharacters: count, historyLimit: count }),
  rooms: z.array(
    z.strictObject({
      room: roomName,
      seq: cursor,
      n: count,
      tag: z.optional(tag),
      readSeq: cursor,
      unread: count,
      mentions: count,
      title: z.optional(z.string()),
      role: z.optional(z.enum(["owner", "moderator"])),
      mutedUntilMs: z.optional(timeMs),
      ...preferred,
    }),
  ),
  invitations: z.array(
    z.strictObject({
      room: roomName,
      by: z.optional(userName),
      title: z.optional(z.string()),
      atMs: timeMs,
    }),
  ),
  more: z.boolean(),
});
const joined = z.strictObject({
  type: z.literal("joined"),
  ...reply,
  room: roomName,
  seq: cursor,
  n: count,
  tag: z.optional(tag),
  online: count,
  title: z.optional(z.string()),
  role: z.optional(z.enum(["owner", "moderator"])),
  from: z.optional(cursor),
});
const left = z.strictObject({
  type: z.literal("left"),
  ...reply,
  room: roomName,
  by: z.optional(userName),
  reason: z.optional(reason),
});
const ack = z.strictObject({
  type: z.literal("ack"),
  ...reply,
  room: roomName,
  seq: cursor,
  n: count,
  tag,
  prev: z.optional(tag),
  cid: clientName,
  sentAtMs: timeMs,
  duplicate: z.optional(z.literal(true)),
});
const events = z.strictObject({
  type: z.literal("events"),
  ...reply,
  room: roomName,
  events: z.array(logEvent),
});
const refusal = {
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.optional(count),
  now: z.optional(messageEvent),
};
/** A room of a `sync`. */
export const syncedRoom = z.strictObject({
  room: roomName,
  events: z.array(logEvent),
  seq: cursor,
  n: count,
  complete: z.boolean(),
  from: z.optional(cursor),
});
/** One of the rooms of a request, that was refused. */
export const refusedRoom = z.strictObject({ room: roomName, error: z.strictObject(refusal) });
const sync = z.strictObject({
  type: z.literal("sync"),
  ...reply,
  rooms: z.array(z.union([syncedRoom, refusedRoom])).check(z.minLength(1)),
  later: z.array(roomName),
});
export type SyncedRoom = z.output<typeof syncedRoom>;
export type RefusedRoom = z.output<typeof refusedRoom>;
const history = z.strictObject({
  type: z.literal("history"),
  ...reply,
  room: roomName,
  events: z.array(logEvent),
  more: z.boolean(),
  from: z.optional(cursor),
});
const read = z.strictObject({
  type: z.literal("read"),
  ...reply,
  room: roomName,
  user: userName,
  seq: cursor,
  n: count,
});
const typing = z.strictObject({
  type: z.literal("typing"),
  ...reply,
  room: roomName,
  user: userName,
  on: z.boolean(),
});
const presence = z.strictObject({
  type: z.literal("presence"),
  room: roomName,
  user: userName,
  online: z.boolean(),
  atMs: timeMs,
});
const reads = z.array(z.strictObject({ user: userName, seq: cursor, n: count }));
const readers = z.strictObject({
  type: z.literal("readers"),
  ...reply,
  room: roomName,
  seq: cursor,
  readers: reads,
});
const mentions = z.strictObject({
  type: z.literal("mentions"),
  ...reply,
  mentions: z.array(z.strictObject({ room: roomName, seq: cursor, from: userName, atMs: timeMs })),
  more: z.boolean(),
});
const pinned = z.strictObject({
  type: z.literal("pinned"),
  ...reply,
  room: roomName,
  seq: cursor,
  on: z.boolean(),
  rev: count,
});
const online = z.array(z.strictObject({ user: userName, connections: count }));
const who = z.strictObject({
  type: z.literal("who"),
  ...reply,
  room: roomName,
  online,
  count,
  more: z.boolean(),
});
const focused = z.strictObject({
  type: z.literal("focused"),
  ...reply,
  rooms: z.array(
    z.union([
      z.strictObject({
        room: roomName,
        online,
        reads,
        pins: z.optional(z.array(cursor)),
      }),
      refusedRoom,
    ]),
  ),
});
const notice = z.strictObject({
  type: z.literal("notice"),
  noticeId: z.string(),
  data: z.unknown(),
  sentAtMs: timeMs,
});
const pong = z.strictObject({ type: z.literal("pong"), ...reply, atMs: timeMs });
const error = z.strictObject({ type: z.literal("error"), ...reply, ...refusal });
const disconnect = z.strictObject({
  type: z.literal("disconnect"),
  code: z.enum(Object.keys(disconnectCodes) as [DisconnectCode, ...DisconnectCode[]]),
  message: z.string(),
  reconnect: z.boolean(),
  afterMs: count,
});

const role = z.enum(["owner", "moderator", "member"]);
const created = z.strictObject({
  type: z.literal("created"),
  ...reply,
  room: roomName,
  title: z.optional(z.string()),
  visibility: z.enum(["public", "private"]),
  role: z.literal("owner"),
  seq: cursor,
  n: count,
  rev: count,
  duplicate: z.optional(z.literal(true)),
});
const allSet = <T extends string>(type: T) =>
  z.strictObject({
    type: z.literal(type),
    ...reply,
    room: roomName,
    rev: count,
    ...roomSettings.shape,
  });
const granted = z.strictObject({
  type: z.literal("granted"),
  ...reply,
  room: roomName,
  user: userName,
  role,
});
const invited = z.strictObject({
  type: z.literal("invited"),
  ...reply,
  room: roomName,
  user: userName,
  by: userName,
  title: z.optional(z.string()),
});
/** What says no more than that something was done to a user. */
const done = <T extends string>(type: T) =>
  z.strictObject({ type: z.literal(type), ...reply, room: roomName, user: userName });
const declined = z.strictObject({ type: z.literal("declined"), ...reply, room: roomName });
const bans = z.strictObject({
  type: z.literal("bans"),
  ...reply,
  room: roomName,
  bans: z.array(z.strictObject({ user: userName })),
  more: z.boolean(),
});
const muted = z.strictObject({
  type: z.literal("muted"),
  ...reply,
  room: roomName,
  user: userName,
  untilMs: z.optional(timeMs),
});
const shut = <T extends string>(type: T) =>
  z.strictObject({ type: z.literal(type), ...reply, room: roomName, rev: count });
const members = z.strictObject({
  type: z.literal("members"),
  ...reply,
  room: roomName,
  members: z.array(z.strictObject({ user: userName, role, mutedUntilMs: z.optional(timeMs) })),
  more: z.boolean(),
});
const blocked = z.strictObject({
  type: z.literal("blocked"),
  ...reply,
  user: userName,
  on: z.boolean(),
});
const blocks = z.strictObject({
  type: z.literal("blocks"),
  ...reply,
  blocks: z.array(z.strictObject({ user: userName })),
  more: z.boolean(),
});
const preferences = z.strictObject({
  type: z.literal("preferences"),
  ...reply,
  room: roomName,
  ...preferred,
});
const reported = z.strictObject({
  type: z.literal("reported"),
  ...reply,
  room: roomName,
  seq: cursor,
});
const reports = z.strictObject({
  type: z.literal("reports"),
  ...reply,
  room: roomName,
  reports: z.array(
    z.strictObject({
      report: reportName,
      by: userName,
      atMs: timeMs,
      reason: z.optional(reason),
      event: logEvent,
    }),
  ),
  more: z.boolean(),
});
const directory = z.strictObject({
  type: z.literal("directory"),
  ...reply,
  rooms: z.array(
    z.strictObject({
      room: roomName,
      title: z.optional(z.string()),
      topic: z.optional(z.string()),
      closed: z.optional(z.literal(true)),
    }),
  ),
  more: z.boolean(),
});

/** Every server frame by its type, in the order of docs/protocol.md. */
export const serverFrames = {
  welcome,
  joined,
  left,
  ack,
  events,
  sync,
  history,
  edited,
  deleted,
  reacted,
  reactors,
  thread,
  read,
  readers,
  mentions,
  pinned,
  typing,
  presence,
  who,
  focused,
  notice,
  pong,
  created,
  configured: allSet("configured"),
  settings: allSet("settings"),
  granted,
  invited,
  uninvited: done("uninvited"),
  declined,
  kicked: done("kicked"),
  banned: done("banned"),
  unbanned: done("unbanned"),
  bans,
  muted,
  closed: shut("closed"),
  reopened: shut("reopened"),
  members,
  blocked,
  blocks,
  preferences,
  reported,
  reports,
  directory,
  error,
  disconnect,
};

export type FrameType = keyof typeof serverFrames;
export type ServerFrame<T extends FrameType = FrameType> = {
  [K in FrameType]: z.output<(typeof serverFrames)[K]>;
}[T];
