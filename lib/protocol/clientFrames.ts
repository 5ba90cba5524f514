/**
 * What a client may send: one strict schema per action. Unknown fields are refused, so that typing
 * errors show. AsyncAPI and OpenAPI are generated from here, and the actions' types are inferred
 * from here.
 */
import * as z from "zod/mini";
import { type Carried, carriedBytes, data, mentions as mentioned } from "./carried.ts";
import { emoji } from "./emoji.ts";
import { limits } from "./limits.ts";
import { clientName, roomName, userName } from "./names.ts";

/** A position up to which a client has applied everything; 0 is "nothing yet". */
export const cursor = z.int().check(z.nonnegative("must not be negative"));
/** An event's mark, which no other event has: see `logEvent`. */
export const tag = z.string().check(z.regex(/^[A-Za-z0-9_-]{8}$/, "is not the tag of an event"));
/** Of an event: 1 at first, and one more with each change. */
export const version = z.int().check(z.positive("must be at least 1"));
const position = z.int().check(z.positive("must be at least 1"));
const pageLimit = z
  .int()
  .check(z.minimum(1, "must be at least 1"), z.maximum(limits.historyLimit, "must be at most 100"));

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

export const request = <A extends string>(action: A) => ({
  action: z.literal(action),
  id: z.optional(clientName),
});

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
export const send = z
  .strictObject({
    ...request("send"),
    room: z.optional(roomName),
    to: z.optional(userName),
    text,
    data: z.optional(data),
    replyTo: z.optional(position),
    mentions: z.optional(mentioned),
    everyone: z.optional(z.boolean()),
    cid: z.optional(clientName),
    after: z.optional(cursor),
    afterTag: z.optional(tag),
  })
  .check(
    notBoth("room", "to"),
    tagHasPosition,
    carriesLittle,
    z.refine((frame) => frame.room !== undefined || frame.to !== undefined, "needs room or to"),
  );
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

/** One line, trimmed; empty: none. */
const line = (max: number) =>
  z.string().check(
    z.refine((value) => value.isWellFormed(), "must be well-formed Unicode"),
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
    z.refine((value) => !/[\u0000-\u001f\u007f]/.test(value), "must not contain controls"),
    z.trim(),
    z.refine((value) => characters(value) <= max, `must be at most ${max} characters`),
  );
const title = line(limits.titleCharacters);
const topic = line(limits.topicCharacters);
export const reason = line(limits.reasonCharacters);
const durationMs = (max: number) =>
  z.int().check(z.nonnegative("must not be negative"), z.maximum(max, `must be at most ${max}`));

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
  })
  .check(
    z.refine(
      ({ visibility, room }) => (visibility === "public") === (room !== undefined),
      "takes a room if it is public, and none if it is private",
    ),
  );
/** What `configure` can set. */
export const roomSettings = z.strictObject({
  title: z.optional(title),
  topic: z.optional(topic),
  invites: z.optional(z.enum(["members", "moderators"], 'must be "members" or "moderators"')),
  history: z.optional(z.enum(["all", "since_join"], 'must be "all" or "since_join"')),
  slowModeMs: z.optional(durationMs(limits.slowModeMs)),
  listed: z.optional(z.boolean()),
});
export const configure = z
  .strictObject({
    ...request("configure"),
    room: roomName,
    rev: z.optional(cursor),
    ...roomSettings.shape,
  })
  .check(
    z.refine(
      (frame) => Object.keys(roomSettings.shape).some((field) => field in frame),
      "must set something",
    ),
  );
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
/** A report's name: the position of the message, and who reported it. */
export const reportName = z
  .string()
  .check(
    z.regex(/^[1-9][0-9]{0,15}\.[ -~]+$/, "must be the report of an entry of reports"),
    z.maxLength(17 + limits.userCharacters, "must be the report of an entry of reports"),
  );
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

export type Action = keyof typeof clientFrames;
export type ClientFrame<A extends Action> = z.output<(typeof clientFrames)[A]>;

/**
 * Length in Unicode code points: what a person counts more nearly than UTF-16 units, and never more
 * bytes than 4 each.
 */
function characters(value: string): number {
  let count = 0;
  for (const _ of value) count += 1;
  return count;
}
