/**
 * What the schemas cannot say: what a request does, what it may be answered with, and what a field
 * means. Each table is typed by the protocol's own names, so that a new action, frame or route does
 * not compile until it is described.
 */
import type { PricedRoute } from "../../lib/actions/budget.ts";
import type { Action } from "../../lib/protocol/clientFrames.ts";
import type { ErrorCode } from "../../lib/protocol/codes.ts";
import { limits } from "../../lib/protocol/limits.ts";
import type { FrameType } from "../../lib/protocol/serverFrames.ts";
import { messageNotes } from "./messageNotes.ts";

interface ActionNote {
  /** Reads on from "…: ". */
  does: string;
  /** Beside those of every action. */
  errors: readonly ErrorCode[];
}

/** Any request may be answered with these. */
export const commonErrors = [
  "bad_request",
  "too_large",
  "rate_limited",
  "internal",
  "unavailable",
] as const satisfies readonly ErrorCode[];

export const actionNotes: Record<Action, ActionNote> = {
  hello: { does: "who am I, the limits, and my rooms", errors: [] },
  join: {
    does:
      "become a member of a public room, or of one that I am invited to, and hear it on this " +
      "connection; accept a message request",
    errors: ["not_member", "forbidden", "banned", "closed"],
  },
  leave: {
    does: "stop being a member of a room, on every connection",
    errors: ["forbidden", "not_member", "last_owner"],
  },
  send: {
    does: "append a message to a room, or to the direct room with a user",
    errors: ["not_member", "forbidden", "sync_first", "closed", "muted"],
  },
  sync: {
    does: "hear rooms on this connection, and get what came after the cursors, all in one frame",
    errors: ["not_member", "forbidden"],
  },
  history: {
    does: "a page of a room's log, ascending",
    errors: ["not_member", "forbidden"],
  },
  events: {
    does: "events as they are now, by their positions",
    errors: ["not_member", "forbidden"],
  },
  edit: {
    does: "put another text in place of a message's of mine",
    errors: ["not_member", "forbidden", "closed", "muted", "conflict", "deleted"],
  },
  delete: {
    does: "remove what a message says; moderators and owners may delete everybody's",
    errors: ["not_member", "forbidden"],
  },
  react: {
    does: "react to a message with an emoji, or take that back",
    errors: ["not_member", "forbidden", "closed", "muted", "deleted"],
  },
  reactors: {
    does: "who reacted to a message, and with what",
    errors: ["not_member", "forbidden", "deleted"],
  },
  thread: {
    does: "a page of the replies to a message, ascending",
    errors: ["not_member", "forbidden"],
  },
  read: {
    does: "move my read position forward",
    errors: ["not_member", "forbidden"],
  },
  readers: { does: "who has read a room up to a position", errors: ["not_member", "forbidden"] },
  mentions: { does: "where I was mentioned and have not read yet, newest first", errors: [] },
  pin: {
    does: "pin a message in a room, or take the pin away",
    errors: ["not_member", "forbidden", "closed", "muted"],
  },
  typing: {
    does: "tell those who look at a room; answered only if it has an `id`",
    errors: ["not_member", "forbidden", "muted"],
  },
  who: {
    does: "who is online in a room, on how many connections",
    errors: ["not_member", "forbidden"],
  },
  focus: {
    does: "look at rooms: be shown who comes, goes, types and reads there, and who is online now",
    errors: [],
  },
  create: {
    does: "make a room, and be its owner",
    errors: ["conflict", "forbidden"],
  },
  configure: {
    does: "set something of a room; with `rev`, unless it was changed since",
    errors: ["not_member", "forbidden", "conflict"],
  },
  settings: { does: "what is set of a room", errors: ["not_member", "forbidden"] },
  grant: {
    does: "give a member a role",
    errors: ["not_member", "forbidden", "conflict", "last_owner"],
  },
  invite: {
    does: "invite a user to a room",
    errors: ["not_member", "forbidden", "banned", "closed"],
  },
  uninvite: { does: "take an invitation back", errors: ["not_member", "forbidden", "conflict"] },
  decline: {
    does: "say no to an invitation or a message request",
    errors: ["not_member", "forbidden", "conflict"],
  },
  kick: { does: "put a member out, on every connection", errors: ["not_member", "forbidden"] },
  ban: { does: "put a user out and keep them out", errors: ["not_member", "forbidden"] },
  unban: { does: "let a banned user in again", errors: ["not_member", "forbidden"] },
  bans: { does: "who is banned from a room", errors: ["not_member", "forbidden"] },
  mute: {
    does: "let a member add nothing for a while",
    errors: ["not_member", "forbidden", "conflict"],
  },
  close: { does: "let nothing be added to a room", errors: ["not_member", "forbidden"] },
  reopen: { does: "open a closed room again", errors: ["not_member", "forbidden"] },
  members: { does: "who belongs to a room, with their roles", errors: ["not_member", "forbidden"] },
  block: {
    does: "take no direct messages, invitations and mentions from a user, or take them again",
    errors: [],
  },
  blocks: { does: "whom I block", errors: [] },
  preferences: {
    does: "how a room is shown to me: what notifies me, hidden or not, marked as unread or not",
    errors: ["not_member", "forbidden", "conflict"],
  },
  report: {
    does: "report a message to those who lead its room",
    errors: ["not_member", "forbidden"],
  },
  reports: {
    does: "what was reported in a room, with a copy of each message",
    errors: ["not_member", "forbidden"],
  },
  directory: { does: "the public rooms that are listed", errors: [] },
  ping: { does: "keep the connection from idling out", errors: [] },
};

interface FrameNote {
  /** The action that it answers, if any. */
  answers?: Action | "any";
  /** When it comes unasked, if it does. */
  pushed?: string;
}

export const frameNotes: Record<FrameType, FrameNote> = {
  welcome: { answers: "hello" },
  joined: { answers: "join", pushed: "another connection of mine joined a room" },
  left: {
    answers: "leave",
    pushed: "another connection of mine left a room, or I was put out, `by` whom",
  },
  ack: { answers: "send" },
  events: {
    answers: "events",
    pushed: "something was appended to a room that this connection hears",
  },
  sync: { answers: "sync" },
  history: { answers: "history" },
  edited: { answers: "edit" },
  deleted: { answers: "delete" },
  reacted: { answers: "react" },
  reactors: { answers: "reactors" },
  thread: { answers: "thread" },
  read: {
    answers: "read",
    pushed: "I read on, on another connection; or somebody did in a room that I focus",
  },
  readers: { answers: "readers" },
  mentions: { answers: "mentions" },
  pinned: { answers: "pin" },
  typing: { answers: "typing", pushed: "somebody in a room that I focus types, or stopped" },
  presence: {
    pushed:
      "a user's first connection began to hear a room that I focus, or their last one is gone",
  },
  who: { answers: "who" },
  focused: { answers: "focus" },
  notice: { pushed: "a server of the operator's has something to tell me" },
  pong: { answers: "ping" },
  created: { answers: "create" },
  configured: { answers: "configure" },
  settings: { answers: "settings" },
  granted: { answers: "grant" },
  invited: { answers: "invite", pushed: "I am invited to a room" },
  uninvited: { answers: "uninvite", pushed: "an invitation of mine was taken back" },
  declined: { answers: "decline", pushed: "another connection of mine declined an invitation" },
  kicked: { answers: "kick" },
  banned: { answers: "ban" },
  unbanned: { answers: "unban" },
  bans: { answers: "bans" },
  muted: { answers: "mute" },
  closed: { answers: "close" },
  reopened: { answers: "reopen" },
  members: { answers: "members" },
  blocked: { answers: "block", pushed: "another connection of mine blocked a user, or ended that" },
  blocks: { answers: "blocks" },
  preferences: {
    answers: "preferences",
    pushed: "another connection of mine set how a room is shown to me",
  },
  reported: { answers: "report" },
  reports: { answers: "reports" },
  directory: { answers: "directory" },
  error: { answers: "any" },
  disconnect: { pushed: "this connection is being closed, and why" },
};

interface RouteNote {
  operationId: string;
  errors: readonly ErrorCode[];
}

/** Of an action, `actionNotes` says it. */
export const routeNotes: Record<PricedRoute, RouteNote> = {
  "POST /rooms/{room}/messages": {
    operationId: "postMessage",
    errors: [
      "bad_request",
      "sync_first",
      "unauthorized",
      "not_member",
      "forbidden",
      "too_large",
      "rate_limited",
      "internal",
      "unavailable",
    ],
  },
  "GET /rooms/{room}/events": {
    operationId: "getEvents",
    errors: ["bad_request", "unauthorized", "not_member", "forbidden", "internal", "unavailable"],
  },
  "GET /rooms/{room}/online": {
    operationId: "getOnline",
    errors: ["bad_request", "unauthorized", "not_member", "forbidden", "internal", "unavailable"],
  },
  "POST /users/{user}/notices": {
    operationId: "postNotice",
    errors: ["bad_request", "unauthorized", "forbidden", "too_large", "internal", "unavailable"],
  },
  "GET /gateway": {
    operationId: "getGateway",
    errors: ["bad_request", "unauthorized", "internal", "unavailable"],
  },
  "GET /health": { operationId: "getHealth", errors: ["bad_request", "internal", "unavailable"] },
};

/** What a field means: by its name, or by the frame's and its own where that differs. */
export const fieldNotes: Record<string, string> = {
  id: "The client's name for the request, echoed in its reply or error.",
  seq: "A position in the room's log: 1, 2, 3 …; 0 before the first event.",
  n: "How many messages the room held up to and including `seq`.",
  tag: "The mark of the event at `seq`: random, so no other event has it. None at 0.",
  prev: "The tag of the event before this one; none in the first.",
  cid: "The sender's name for the message; made by the service when there was none.",
  text: `1–${limits.textCharacters} Unicode code points after trimming. No NUL, no lone surrogate.`,
  sentAtMs: "When the service took it; milliseconds since 1970.",
  atMs: "The service's clock; milliseconds since 1970.",
  more: "Whether there is more than this page.",
  before: "Only events below this position. Not with `after`.",
  after: "Only events above this position, `changed` ones included. Not with `before`.",
  limit: `At most this many events; ${limits.historyLimitDefault} when not given.`,
  online: "Users online in the room, in code-unit order of their names.",
  count: "How many users are online in the room; a lower bound in a very large one.",
  on: "Whether the user is typing.",
  connections: "How many connections of the user hear the room.",
  readSeq: "My read position.",
  unread: "Messages after my read position; 0 while the newest message is mine.",
  data: "Any JSON.",
  retryable: "Whether the same request may succeed later; follows from the code.",
  retryAfterMs: "Milliseconds to wait before trying again.",
  message: "For people. Do not parse it.",

  title: `The room's title, at most ${limits.titleCharacters} Unicode code points; empty: none.`,
  topic: `What the room is about, at most ${limits.topicCharacters} code points; empty: none.`,
  role: "A role in the room; none shown where the user is a member as all others.",
  rev: "Rises with every change of the room.",
  mutedUntilMs: "Until when the user may add nothing; milliseconds since 1970.",
  untilMs: "Until when the user may add nothing; none: muting has ended.",
  reason: `Why, as who did it says; at most ${limits.reasonCharacters} code points.`,
  by: "Who did it.",
  invites: "Who may invite.",
  history: "What somebody who joins can read: everything, or what comes after they joined.",
  slowModeMs: "How long a member waits between two messages; 0: no time.",
  listed: "Whether the directory shows the room.",
  retentionMs: "For how long the room's messages are kept; 0, or none: for good.",
  from: "The lowest position that there is for me: the cursor goes on behind the one before it.",

  ...messageNotes,
  "LogEvent.change": "What happened to the member.",
  "LogEvent.set": "What was set of the room.",
  "LogEvent.user": "Whom it happened to.",
  "configure.rev": "Set it only if the room is at this `rev` still.",
  "set.pins": "All messages that are pinned from then on.",
  "LogEvent.rev": "The room's `rev` with this set: of two entries the higher one is the newer.",
  "pin.on": "Whether to pin it; false takes the pin away.",
  "pinned.on": "Whether it is pinned.",
  "readers.readers": "Who has read up to there or further, and how far.",
  "rooms.pins": "Positions of the messages that are pinned, in the order of pinning; none: none.",
  "create.cid": "My name for this request; makes sending it again harmless. Of private rooms only.",
  "created.duplicate": "The room was made before; the other fields say how it is now.",
  "create.invite": `Users to invite at once, at most ${limits.createInvites}.`,
  "block.user": "Whom I take nothing from any more, or again.",
  "block.on": "Whether I block the user from now on.",
  "blocked.on": "Whether I block the user now.",
  "blocks.after": "List users whose names come after this one.",
  notify: "What notifies me; none given: everything.",
  hidden: "Whether I hide the room.",
  unreadFrom: "From where on I marked the room as unread; what I read takes the mark away.",
  "preferences.unreadFrom": "The position from where on the room is marked as unread; 0: no mark.",
  closed: "Whether nothing can be added to the room.",
  report: "The report's name, for `after`.",
  event: "The message as it was when it was reported.",
  "report.seq": "The message's position.",
  "reported.seq": "The message's position.",
  "reports.after": "List reports that come after this one.",
  "directory.after": "List rooms whose names come after this one.",
  "mute.forMs": "For how long; 0 ends it.",
  "members.after": "List members whose names come after this one.",
  "bans.after": "List users whose names come after this one.",
  "members.limit": "At most this many members.",
  "welcome.invitations": "Rooms that I am invited to, on the first page.",
  "LogEvent.from": "Who sent it, or did it.",
  "LogEvent.seq": "The event's position in its room: 1, 2, 3 …, no holes, never reused.",
  "LogEvent.n": "How many messages the room holds up to and including this one.",
  "LogEvent.tag": "The event's mark: random, so no other event has it, also not at this position.",
  "LogEvent.name": "The sender's display name as their token said it.",
  "LogEvent.cid": "The sender's name for the message.",
  "LogEvent.text": "What the sender wrote, trimmed.",
  "rooms.mentions": "Unread mentions of me; a lower bound where there are very many.",

  "hello.after": "List my rooms whose names come after this one.",
  "send.room": "The room to write in. Takes the place of `to`.",
  "send.to": "The user to write to, in our direct room. Takes the place of `room`.",
  "send.cid": "My name for this message; makes sending it again harmless.",
  "send.after":
    "A cursor up to which I applied every event without finding `cid`; at most " +
    `${limits.sendAfterEvents} events behind the head.`,
  "send.afterTag": "The tag of the event that I have at `after`.",
  "postMessage.afterTag": "The tag of the event that I have at `after`.",
  "sync.tags": "By room, the tag of the event that I have at my cursor.",
  "sync.rooms": "By room, my cursor: the highest position up to which I applied every event.",
  "focus.rooms":
    `The rooms that this connection looks at from now on, at most ${limits.focusRooms}; ` +
    "none ends it.",
  "focused.rooms": "One entry for each room asked for, in the same order.",
  "rooms.reads":
    "How far others have read: in a direct room the other user, in a public one its members, " +
    `unless there are more than ${limits.readersShown}.`,
  "rooms.error": "Why this room is not focused; it has the fields of an `error` frame.",
  "read.seq": "The position up to which the user has read.",

  "welcome.name": "My display name, as others see it; none where my token has none.",
  "welcome.connectionId": "The gateway's name for this connection; none over HTTP.",
  "welcome.protocol": "The version of this protocol.",
  "welcome.expiresAtMs": "When my token expires; milliseconds since 1970.",
  "welcome.rooms": "My rooms by name.",
  "welcome.more": "Whether I have more rooms: ask again with `after`, the last one here.",
  "limits.frameBytes": "Bytes of one frame, either way.",
  "limits.textCharacters": "Unicode code points of a text.",
  "limits.historyLimit": "Events on a page of `history`.",
  "rooms.seq": "The position of the room's newest event.",
  "rooms.n": "How many messages the room holds.",
  "joined.seq": "The position of the room's newest event.",
  "joined.n": "How many messages the room holds.",
  "joined.online": "How many users are online in the room.",
  "ack.duplicate": "This `cid` had been accepted before; the other fields are the first one's.",
  "syncReply.rooms": "What there is to say of each room, in the order of the request.",
  "syncReply.later": "Rooms for which the frame had no space: sync them again at once.",
  "presence.online": "Whether a connection of the user hears the room.",
  "getOnline.more": "Whether not everybody is listed, or counted.",
  "who.more": "Whether not everybody is listed, or counted.",
  "notice.noticeId": "The service's name for this notice.",
  "disconnect.reconnect": "Whether to connect again.",
  "disconnect.afterMs": "Milliseconds to wait before connecting again.",

  "postMessage.after": "As `after` of the `send` frame.",
  "postNotice.delivered": "Connections whose gateway took the notice.",
  "postNotice.gone": "Connections that turned out to be gone.",
  "getGateway.failed":
    `Names of gateways that I could not connect to, with commas between them; at most ` +
    `${limits.failedGateways}. Another one is chosen, while there is one.`,
  "getGateway.url": "The WebSocket URL to connect to.",
  "getGateway.gateway": "The gateway's name.",
};
