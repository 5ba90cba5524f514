/**
 * What the service sends. Nothing parses these at run time on our side; the docs are generated from
 * them, the tests parse every frame that they receive with them, and the types that the actions
 * return are inferred from them.
 */
import * as z from "zod/mini";
import { cursor, tag } from "./clientFrames.ts";
import { type DisconnectCode, disconnectCodes, type ErrorCode, errorCodes } from "./codes.ts";
import { clientName, roomName, userName } from "./names.ts";

const timeMs = z.int().check(z.nonnegative());
const count = z.int().check(z.nonnegative());
const reply = { id: z.optional(clientName) };

/**
 * One entry of a room's log. `tag` is random, so it names the event where `seq` names only a place:
 * a log that went back has others at its places. `prev` is the tag of the event before it, so that
 * a client sees of every event whether it belongs behind what it has; the first one has none.
 */
export const logEvent = z.strictObject({
  seq: cursor,
  n: count,
  tag,
  prev: z.optional(tag),
  kind: z.literal("message"),
  from: userName,
  name: z.optional(z.string()),
  cid: clientName,
  text: z.string(),
  sentAtMs: timeMs,
});
export type LogEvent = z.output<typeof logEvent>;

const welcome = z.strictObject({
  type: z.literal("welcome"),
  ...reply,
  user: userName,
  connectionId: z.string(),
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
});
const left = z.strictObject({ type: z.literal("left"), ...reply, room: roomName });
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
  room: roomName,
  events: z.array(logEvent).check(z.minLength(1)),
});
const refusal = {
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.optional(count),
};
/** A room of a `sync`. */
export const syncedRoom = z.strictObject({
  room: roomName,
  events: z.array(logEvent),
  seq: cursor,
  n: count,
  complete: z.boolean(),
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
        reads: z.array(z.strictObject({ user: userName, seq: cursor, n: count })),
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

/** Every server frame by its type, in the order of docs/protocol.md. */
export const serverFrames = {
  welcome,
  joined,
  left,
  ack,
  events,
  sync,
  history,
  read,
  typing,
  presence,
  who,
  focused,
  notice,
  pong,
  error,
  disconnect,
};

export type FrameType = keyof typeof serverFrames;
export type ServerFrame<T extends FrameType = FrameType> = {
  [K in FrameType]: z.output<(typeof serverFrames)[K]>;
}[T];
