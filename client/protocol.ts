/** Generated from lib/protocol by `npm run docs`. Do not edit. */

export type ErrorCode =
  | "bad_request"
  | "unknown_action"
  | "too_large"
  | "unauthorized"
  | "not_member"
  | "forbidden"
  | "not_found"
  | "sync_first"
  | "log_reset"
  | "conflict"
  | "deleted"
  | "last_owner"
  | "banned"
  | "muted"
  | "closed"
  | "rate_limited"
  | "internal"
  | "unavailable";

export type DisconnectCode = "token_expired" | "forgotten" | "too_many_connections" | "draining";

/** A message as the log holds it, as it is now. */
export interface MessageEvent {
  /** The event's position in its room: 1, 2, 3 …, no holes, never reused. */
  seq: number;
  /** How many messages the room holds up to and including this one. */
  n: number;
  /** The event's mark: random, so no other event has it, also not at this position. */
  tag: string;
  /** The tag of the event before this one; none in the first. */
  prev?: string | undefined;
  /** Who sent it, or did it. */
  from: string;
  /** The sender's display name as their token said it. */
  name?: string | undefined;
  /** The sender's name for the message. */
  cid: string;
  /** When the service took it; milliseconds since 1970. */
  sentAtMs: number;
  /** The event's version: 1 at first, and one more with each change; missing: 1. */
  v?: number | undefined;
  kind: "message";
  /** What the sender wrote, trimmed. */
  text?: string | undefined;
  /** What the sender's program put beside the text; any JSON. */
  data?: unknown | undefined;
  /** The message that this one quotes: its position. Show it as it is now. */
  replyTo?: number | undefined;
  /** Whom it mentions: users who may see it. Names, which the client shows. */
  mentions?: string[] | undefined;
  /** It mentions everybody in the room. */
  everyone?: true | undefined;
  /** Of a reply, the position of its thread's root; of a root, what there is of replies to it. */
  thread?: number | {
    replies: number;
    lastSeq: number;
  } | undefined;
  /** The reply is to be shown in the room as well. */
  inRoom?: true | undefined;
  /** When its text was last edited; milliseconds since 1970. */
  editedAtMs?: number | undefined;
  /** Who reacted to it, by emoji, in the order in which they were first used; none: nobody. */
  reactions?: {
    /** What they reacted with. */
    emoji: string;
    /** How many did; a lower bound beyond 1000 users. */
    count: number;
    /** The first, at most 20; fewer beside a long text. */
    users: string[];
  }[] | undefined;
  /** By whom and when it was deleted. Nothing of what it said is kept. */
  deleted?: {
    /** Its author, or a moderator or owner of the room. */
    by: "author" | "moderator";
    /** The service's clock; milliseconds since 1970. */
    atMs: number;
  } | undefined;
}

/** A change of a room's settings, owners or pins. */
export interface RoomEvent {
  /** The event's position in its room: 1, 2, 3 …, no holes, never reused. */
  seq: number;
  /** How many messages the room holds up to and including this one. */
  n: number;
  /** The event's mark: random, so no other event has it, also not at this position. */
  tag: string;
  /** The tag of the event before this one; none in the first. */
  prev?: string | undefined;
  /** Who sent it, or did it. */
  from: string;
  /** The sender's display name as their token said it. */
  name?: string | undefined;
  /** The sender's name for the message. */
  cid: string;
  /** When the service took it; milliseconds since 1970. */
  sentAtMs: number;
  kind: "room";
  /** What was set of the room. */
  set: {
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
    /** What the room is about, at most 500 code points; empty: none. */
    topic?: string | undefined;
    /** Who may invite. */
    invites?: "members" | "moderators" | undefined;
    /** What somebody who joins can read: everything, or what comes after they joined. */
    history?: "all" | "since_join" | undefined;
    /** How long a member waits between two messages; 0: no time. */
    slowModeMs?: number | undefined;
    /** Whether the directory shows the room. */
    listed?: boolean | undefined;
    /** For how long the room's messages are kept; 0, or none: for good. */
    retentionMs?: number | undefined;
    /** Whether nothing can be added to the room. */
    closed?: boolean | undefined;
    /** All messages that are pinned from then on. */
    pins?: number[] | undefined;
  };
  /** The room's `rev` with this set: of two entries the higher one is the newer. */
  rev?: number | undefined;
}

/** Somebody came, left, or was moderated. */
export interface MemberEvent {
  /** The event's position in its room: 1, 2, 3 …, no holes, never reused. */
  seq: number;
  /** How many messages the room holds up to and including this one. */
  n: number;
  /** The event's mark: random, so no other event has it, also not at this position. */
  tag: string;
  /** The tag of the event before this one; none in the first. */
  prev?: string | undefined;
  /** Who sent it, or did it. */
  from: string;
  /** The sender's display name as their token said it. */
  name?: string | undefined;
  /** The sender's name for the message. */
  cid: string;
  /** When the service took it; milliseconds since 1970. */
  sentAtMs: number;
  kind: "member";
  /** Whom it happened to. */
  user: string;
  /** What happened to the member. */
  change: "joined" | "left" | "kicked" | "banned" | "unbanned" | "muted" | "role";
  /** A role in the room; none shown where the user is a member as all others. */
  role?: "owner" | "moderator" | "member" | undefined;
  /** Until when the user may add nothing; none: muting has ended. */
  untilMs?: number | undefined;
  /** Why, as who did it says; at most 200 code points. */
  reason?: string | undefined;
}

/** An earlier event has changed. */
export interface ChangedEvent {
  /** The event's position in its room: 1, 2, 3 …, no holes, never reused. */
  seq: number;
  /** How many messages the room holds up to and including this one. */
  n: number;
  /** The event's mark: random, so no other event has it, also not at this position. */
  tag: string;
  /** The tag of the event before this one; none in the first. */
  prev?: string | undefined;
  /** Who sent it, or did it. */
  from: string;
  /** The sender's display name as their token said it. */
  name?: string | undefined;
  /** The sender's name for the message. */
  cid: string;
  /** When the service took it; milliseconds since 1970. */
  sentAtMs: number;
  kind: "changed";
  /** The position of the event that has changed. */
  of: number;
  /** The event's version: 1 at first, and one more with each change; missing: 1. */
  v: number;
  /** The event as it is now, where I may see it; of several changes of one, with the last. */
  now?: MessageEvent | undefined;
}

/** An event of a room's log. */
export type LogEvent = MessageEvent | ((RoomEvent | MemberEvent | ChangedEvent) & { text?: never });

/** What a `sync` brought of one room. */
export interface SyncedRoom {
  room: string;
  events: LogEvent[];
  /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
  seq: number;
  /** How many messages the room held up to and including `seq`. */
  n: number;
  complete: boolean;
  /** The lowest position that there is for me: the cursor goes on behind the one before it. */
  from?: number | undefined;
}

/** Why a `sync` brought nothing of one room. */
export interface RefusedRoom {
  room: string;
  error: {
    code: ErrorCode;
    /** For people. Do not parse it. */
    message: string;
    /** Whether the same request may succeed later; follows from the code. */
    retryable: boolean;
    /** Milliseconds to wait before trying again. */
    retryAfterMs?: number | undefined;
    /** The event as it is now, where I may see it; of several changes of one, with the last. */
    now?: MessageEvent | undefined;
  };
}

/** What a request of each action says, besides its action and its `id`. */
export interface Requests {
  hello: {
    /** List my rooms whose names come after this one. */
    after?: string | undefined;
  };
  join: {
    room: string;
  };
  leave: {
    room: string;
  };
  send: {
    /** The room to write in. Takes the place of `to`. */
    room?: string | undefined;
    /** The user to write to, in our direct room. Takes the place of `room`. */
    to?: string | undefined;
    /** 1–4000 Unicode code points after trimming. No NUL, no lone surrogate. */
    text: string;
    /** Any JSON, kept with the message: at most 4096 bytes, nested at most 64 deep. */
    data?: unknown | undefined;
    /** The position of a message that this one quotes. */
    replyTo?: number | undefined;
    /** The position of the message that this one is a reply to, in its thread. */
    thread?: number | undefined;
    /** Show the reply in the room as well. With `thread` only. */
    inRoom?: boolean | undefined;
    /** Users to mention, at most 2048 bytes as JSON. */
    mentions?: string[] | undefined;
    /** Mention all members: for moderators and owners. */
    everyone?: boolean | undefined;
    /** My name for this message; makes sending it again harmless. */
    cid?: string | undefined;
    /**
     * A cursor up to which I applied every event without finding `cid`; at most 200 events behind
     * the head.
     */
    after?: number | undefined;
    /** The tag of the event that I have at `after`. */
    afterTag?: string | undefined;
  };
  sync: {
    /** By room, my cursor: the highest position up to which I applied every event. */
    rooms: Record<string, number>;
    /** By room, the tag of the event that I have at my cursor. */
    tags?: Record<string, string> | undefined;
  };
  history: {
    room: string;
    /** Only events below this position. Not with `after`. */
    before?: number | undefined;
    /** Only events above this position, `changed` ones included. Not with `before`. */
    after?: number | undefined;
    /** The events around this position. Not with `before` or `after`. */
    around?: number | undefined;
    /** At most this many events; 50 when not given. */
    limit?: number | undefined;
  };
  events: {
    room: string;
    /** Positions of events, at most 50. */
    seqs: number[];
  };
  edit: {
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** 1–4000 Unicode code points after trimming. No NUL, no lone surrogate. */
    text: string;
    /** Any JSON. */
    data?: unknown | undefined;
    /** The users that it mentions from now on; missing: they stay the same. */
    mentions?: string[] | undefined;
    /** Edit it only if the message is at this version still. */
    v?: number | undefined;
    /** My name for this edit; makes sending it again harmless. */
    cid?: string | undefined;
  };
  delete: {
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
  };
  react: {
    room: string;
    /** The message's position. */
    seq: number;
    /** One emoji, as Unicode recommends them for interchange. */
    emoji: string;
    /** Whether to react; false takes it back. */
    on: boolean;
  };
  reactors: {
    room: string;
    /** The message's position. */
    seq: number;
    /** Only those who reacted with this one. */
    emoji?: string | undefined;
    /** List users whose names come after this one. */
    after?: string | undefined;
  };
  thread: {
    room: string;
    /** The position of the thread's root. */
    seq: number;
    /** Only replies before this position. Not with `after`. */
    before?: number | undefined;
    /** Only replies behind this position, the first ones. Not with `before`. */
    after?: number | undefined;
    /** At most this many events; 50 when not given. */
    limit?: number | undefined;
  };
  read: {
    room: string;
    /** The position up to which the user has read. */
    seq: number;
  };
  readers: {
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
  };
  mentions: {
    /** Only mentions older than this time: the `atMs` of the last one that I have. */
    after?: number | undefined;
  };
  pin: {
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** Whether to pin it; false takes the pin away. */
    on: boolean;
  };
  typing: {
    room: string;
    /** Whether the user is typing. */
    on: boolean;
  };
  who: {
    room: string;
  };
  focus: {
    /** The rooms that this connection looks at from now on, at most 4; none ends it. */
    rooms: string[];
  };
  ping: Record<never, never>;
  create: {
    visibility: "public" | "private";
    room?: string | undefined;
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
    /** What the room is about, at most 500 code points; empty: none. */
    topic?: string | undefined;
    /** Users to invite at once, at most 20. */
    invite?: string[] | undefined;
    /** My name for this request; makes sending it again harmless. Of private rooms only. */
    cid?: string | undefined;
  };
  configure: {
    room: string;
    /** Set it only if the room is at this `rev` still. */
    rev?: number | undefined;
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
    /** What the room is about, at most 500 code points; empty: none. */
    topic?: string | undefined;
    /** Who may invite. */
    invites?: "members" | "moderators" | undefined;
    /** What somebody who joins can read: everything, or what comes after they joined. */
    history?: "all" | "since_join" | undefined;
    /** How long a member waits between two messages; 0: no time. */
    slowModeMs?: number | undefined;
    /** Whether the directory shows the room. */
    listed?: boolean | undefined;
    /** For how long the room's messages are kept; 0, or none: for good. */
    retentionMs?: number | undefined;
  };
  settings: {
    room: string;
  };
  grant: {
    room: string;
    user: string;
    /** A role in the room; none shown where the user is a member as all others. */
    role: "owner" | "moderator" | "member";
  };
  invite: {
    room: string;
    user: string;
  };
  uninvite: {
    room: string;
    user: string;
  };
  decline: {
    room: string;
  };
  kick: {
    room: string;
    user: string;
    /** Why, as who did it says; at most 200 code points. */
    reason?: string | undefined;
  };
  ban: {
    room: string;
    user: string;
    /** Why, as who did it says; at most 200 code points. */
    reason?: string | undefined;
  };
  unban: {
    room: string;
    user: string;
    /** Why, as who did it says; at most 200 code points. */
    reason?: string | undefined;
  };
  bans: {
    room: string;
    /** List users whose names come after this one. */
    after?: string | undefined;
  };
  mute: {
    room: string;
    user: string;
    /** For how long; 0 ends it. */
    forMs: number;
  };
  close: {
    room: string;
  };
  reopen: {
    room: string;
  };
  members: {
    room: string;
    /** List members whose names come after this one. */
    after?: string | undefined;
    /** At most this many members. */
    limit?: number | undefined;
  };
  block: {
    /** Whom I take nothing from any more, or again. */
    user: string;
    /** Whether I block the user from now on. */
    on: boolean;
  };
  blocks: {
    /** List users whose names come after this one. */
    after?: string | undefined;
  };
  preferences: {
    room: string;
    /** What notifies me; none given: everything. */
    notify?: "all" | "mentions" | "none" | undefined;
    /** Whether I hide the room. */
    hidden?: boolean | undefined;
    /** The position from where on the room is marked as unread; 0: no mark. */
    unreadFrom?: number | undefined;
  };
  report: {
    room: string;
    /** The message's position. */
    seq: number;
    /** Why, as who did it says; at most 200 code points. */
    reason?: string | undefined;
  };
  reports: {
    room: string;
    /** List reports that come after this one. */
    after?: string | undefined;
  };
  directory: {
    /** List rooms whose names come after this one. */
    after?: string | undefined;
  };
}

/** Everything that the service sends, by its type. */
export interface ServerFrames {
  welcome: {
    type: "welcome";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    user: string;
    /** My display name, as others see it; none where my token has none. */
    name?: string | undefined;
    /** The gateway's name for this connection; none over HTTP. */
    connectionId?: string | undefined;
    /** The version of this protocol. */
    protocol: 1;
    /** When my token expires; milliseconds since 1970. */
    expiresAtMs: number;
    limits: {
      /** Bytes of one frame, either way. */
      frameBytes: number;
      /** Unicode code points of a text. */
      textCharacters: number;
      /** Events on a page of `history`. */
      historyLimit: number;
    };
    /** My rooms by name. */
    rooms: {
      room: string;
      /** The position of the room's newest event. */
      seq: number;
      /** How many messages the room holds. */
      n: number;
      /** The mark of the event at `seq`: random, so no other event has it. None at 0. */
      tag?: string | undefined;
      /** My read position. */
      readSeq: number;
      /** Messages after my read position; 0 while the newest message is mine. */
      unread: number;
      /** Unread mentions of me; a lower bound where there are very many. */
      mentions: number;
      /** The room's title, at most 100 Unicode code points; empty: none. */
      title?: string | undefined;
      /** A role in the room; none shown where the user is a member as all others. */
      role?: "owner" | "moderator" | undefined;
      /** Until when the user may add nothing; milliseconds since 1970. */
      mutedUntilMs?: number | undefined;
      /** What notifies me; none given: everything. */
      notify?: "mentions" | "none" | undefined;
      /** Whether I hide the room. */
      hidden?: true | undefined;
      /** From where on I marked the room as unread; what I read takes the mark away. */
      unreadFrom?: number | undefined;
    }[];
    /** Rooms that I am invited to, on the first page. */
    invitations: {
      room: string;
      /** Who did it. */
      by?: string | undefined;
      /** The room's title, at most 100 Unicode code points; empty: none. */
      title?: string | undefined;
      /** The service's clock; milliseconds since 1970. */
      atMs: number;
    }[];
    /** Whether I have more rooms: ask again with `after`, the last one here. */
    more: boolean;
  };
  joined: {
    type: "joined";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** The position of the room's newest event. */
    seq: number;
    /** How many messages the room holds. */
    n: number;
    /** The mark of the event at `seq`: random, so no other event has it. None at 0. */
    tag?: string | undefined;
    /** How many users are online in the room. */
    online: number;
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
    /** A role in the room; none shown where the user is a member as all others. */
    role?: "owner" | "moderator" | undefined;
    /** The lowest position that there is for me: the cursor goes on behind the one before it. */
    from?: number | undefined;
  };
  left: {
    type: "left";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** Who did it. */
    by?: string | undefined;
    /** Why, as who did it says; at most 200 code points. */
    reason?: string | undefined;
  };
  ack: {
    type: "ack";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** How many messages the room held up to and including `seq`. */
    n: number;
    /** The mark of the event at `seq`: random, so no other event has it. None at 0. */
    tag: string;
    /** The tag of the event before this one; none in the first. */
    prev?: string | undefined;
    /** The sender's name for the message; made by the service when there was none. */
    cid: string;
    /** When the service took it; milliseconds since 1970. */
    sentAtMs: number;
    /** This `cid` had been accepted before; the other fields are the first one's. */
    duplicate?: true | undefined;
  };
  events: {
    type: "events";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    events: LogEvent[];
  };
  sync: {
    type: "sync";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    /** What there is to say of each room, in the order of the request. */
    rooms: (SyncedRoom | {
      room: string;
      error: {
        code: ErrorCode;
        message: string;
        retryable: boolean;
        retryAfterMs?: number | undefined;
        now?: {
          seq: number;
          n: number;
          tag: string;
          prev?: string | undefined;
          from: string;
          name?: string | undefined;
          cid: string;
          sentAtMs: number;
          v?: number | undefined;
          kind: "message";
          text?: string | undefined;
          data?: unknown | undefined;
          replyTo?: number | undefined;
          mentions?: string[] | undefined;
          everyone?: true | undefined;
          thread?: number | {
            replies: number;
            lastSeq: number;
          } | undefined;
          inRoom?: true | undefined;
          editedAtMs?: number | undefined;
          reactions?: {
            emoji: string;
            count: number;
            users: string[];
          }[] | undefined;
          deleted?: {
            by: "author" | "moderator";
            atMs: number;
          } | undefined;
        } | undefined;
      };
    })[];
    /** Rooms for which the frame had no space: sync them again at once. */
    later: string[];
  };
  history: {
    type: "history";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    events: LogEvent[];
    /** Whether there is more than this page. */
    more: boolean;
    /** The lowest position that there is for me: the cursor goes on behind the one before it. */
    from?: number | undefined;
  };
  edited: {
    type: "edited";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** The event's version: 1 at first, and one more with each change; missing: 1. */
    v: number;
  };
  deleted: {
    type: "deleted";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** The event's version: 1 at first, and one more with each change; missing: 1. */
    v: number;
  };
  reacted: {
    type: "reacted";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** The message's position. */
    seq: number;
    /** One emoji, as Unicode recommends them for interchange. */
    emoji: string;
    /** Whether I react with it from now on. */
    on: boolean;
  };
  reactors: {
    type: "reactors";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** The message's position. */
    seq: number;
    /** Who reacted, with one entry for each emoji, in code-unit order of the users. */
    reactors: {
      user: string;
      /** Only those who reacted with this one. */
      emoji: string;
    }[];
    /** All that I reacted with. */
    mine: string[];
    /** Whether there is more than this page. */
    more: boolean;
  };
  thread: {
    type: "thread";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** The position of the thread's root. */
    seq: number;
    /** Replies, ascending; deleted ones included. */
    events: MessageEvent[];
    /** Whether there are more in the direction asked for. */
    more: boolean;
    /**
     * Of who follows the thread: replies of others behind the read position; a lower bound beyond
     * 1000.
     */
    unread?: number | undefined;
  };
  read: {
    type: "read";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
    /** The position up to which the user has read. */
    seq: number;
    /** How many messages the room held up to and including `seq`. */
    n: number;
  };
  readers: {
    type: "readers";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** Who has read up to there or further, and how far. */
    readers: {
      user: string;
      /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
      seq: number;
      /** How many messages the room held up to and including `seq`. */
      n: number;
    }[];
  };
  mentions: {
    type: "mentions";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    /** Newest first. */
    mentions: {
      room: string;
      /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
      seq: number;
      /** The lowest position that there is for me: the cursor goes on behind the one before it. */
      from: string;
      /** The service's clock; milliseconds since 1970. */
      atMs: number;
    }[];
    /** Whether there is more than this page. */
    more: boolean;
  };
  pinned: {
    type: "pinned";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** Whether it is pinned. */
    on: boolean;
    /** Rises with every change of the room. */
    rev: number;
  };
  typing: {
    type: "typing";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
    /** Whether the user is typing. */
    on: boolean;
  };
  presence: {
    type: "presence";
    room: string;
    user: string;
    /** Whether a connection of the user hears the room. */
    online: boolean;
    /** The service's clock; milliseconds since 1970. */
    atMs: number;
  };
  who: {
    type: "who";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** Users online in the room, in code-unit order of their names. */
    online: {
      user: string;
      /** How many connections of the user hear the room. */
      connections: number;
    }[];
    /** How many users are online in the room; a lower bound in a very large one. */
    count: number;
    /** Whether not everybody is listed, or counted. */
    more: boolean;
  };
  focused: {
    type: "focused";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    /** One entry for each room asked for, in the same order. */
    rooms: ({
      room: string;
      online: {
        user: string;
        connections: number;
      }[];
      reads: {
        user: string;
        seq: number;
        n: number;
      }[];
      pins?: number[] | undefined;
    } | {
      room: string;
      error: {
        code: ErrorCode;
        message: string;
        retryable: boolean;
        retryAfterMs?: number | undefined;
        now?: {
          seq: number;
          n: number;
          tag: string;
          prev?: string | undefined;
          from: string;
          name?: string | undefined;
          cid: string;
          sentAtMs: number;
          v?: number | undefined;
          kind: "message";
          text?: string | undefined;
          data?: unknown | undefined;
          replyTo?: number | undefined;
          mentions?: string[] | undefined;
          everyone?: true | undefined;
          thread?: number | {
            replies: number;
            lastSeq: number;
          } | undefined;
          inRoom?: true | undefined;
          editedAtMs?: number | undefined;
          reactions?: {
            emoji: string;
            count: number;
            users: string[];
          }[] | undefined;
          deleted?: {
            by: "author" | "moderator";
            atMs: number;
          } | undefined;
        } | undefined;
      };
    })[];
  };
  notice: {
    type: "notice";
    /** The service's name for this notice. */
    noticeId: string;
    /** Any JSON. */
    data: unknown;
    /** When the service took it; milliseconds since 1970. */
    sentAtMs: number;
  };
  pong: {
    type: "pong";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    /** The service's clock; milliseconds since 1970. */
    atMs: number;
  };
  created: {
    type: "created";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
    visibility: "public" | "private";
    /** A role in the room; none shown where the user is a member as all others. */
    role: "owner";
    /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
    seq: number;
    /** How many messages the room held up to and including `seq`. */
    n: number;
    /** Rises with every change of the room. */
    rev: number;
    /** The room was made before; the other fields say how it is now. */
    duplicate?: true | undefined;
  };
  configured: {
    type: "configured";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** Rises with every change of the room. */
    rev: number;
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
    /** What the room is about, at most 500 code points; empty: none. */
    topic?: string | undefined;
    /** Who may invite. */
    invites?: "members" | "moderators" | undefined;
    /** What somebody who joins can read: everything, or what comes after they joined. */
    history?: "all" | "since_join" | undefined;
    /** How long a member waits between two messages; 0: no time. */
    slowModeMs?: number | undefined;
    /** Whether the directory shows the room. */
    listed?: boolean | undefined;
    /** For how long the room's messages are kept; 0, or none: for good. */
    retentionMs?: number | undefined;
  };
  settings: {
    type: "settings";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** Rises with every change of the room. */
    rev: number;
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
    /** What the room is about, at most 500 code points; empty: none. */
    topic?: string | undefined;
    /** Who may invite. */
    invites?: "members" | "moderators" | undefined;
    /** What somebody who joins can read: everything, or what comes after they joined. */
    history?: "all" | "since_join" | undefined;
    /** How long a member waits between two messages; 0: no time. */
    slowModeMs?: number | undefined;
    /** Whether the directory shows the room. */
    listed?: boolean | undefined;
    /** For how long the room's messages are kept; 0, or none: for good. */
    retentionMs?: number | undefined;
  };
  granted: {
    type: "granted";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
    /** A role in the room; none shown where the user is a member as all others. */
    role: "owner" | "moderator" | "member";
  };
  invited: {
    type: "invited";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
    /** Who did it. */
    by: string;
    /** The room's title, at most 100 Unicode code points; empty: none. */
    title?: string | undefined;
  };
  uninvited: {
    type: "uninvited";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
  };
  declined: {
    type: "declined";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
  };
  kicked: {
    type: "kicked";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
  };
  banned: {
    type: "banned";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
  };
  unbanned: {
    type: "unbanned";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
  };
  bans: {
    type: "bans";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    bans: {
      user: string;
    }[];
    /** Whether there is more than this page. */
    more: boolean;
  };
  muted: {
    type: "muted";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    user: string;
    /** Until when the user may add nothing; none: muting has ended. */
    untilMs?: number | undefined;
  };
  closed: {
    type: "closed";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** Rises with every change of the room. */
    rev: number;
  };
  reopened: {
    type: "reopened";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** Rises with every change of the room. */
    rev: number;
  };
  members: {
    type: "members";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    members: {
      user: string;
      /** A role in the room; none shown where the user is a member as all others. */
      role: "owner" | "moderator" | "member";
      /** Until when the user may add nothing; milliseconds since 1970. */
      mutedUntilMs?: number | undefined;
    }[];
    /** Whether there is more than this page. */
    more: boolean;
  };
  blocked: {
    type: "blocked";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    user: string;
    /** Whether I block the user now. */
    on: boolean;
  };
  blocks: {
    type: "blocks";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    blocks: {
      user: string;
    }[];
    /** Whether there is more than this page. */
    more: boolean;
  };
  preferences: {
    type: "preferences";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** What notifies me; none given: everything. */
    notify?: "mentions" | "none" | undefined;
    /** Whether I hide the room. */
    hidden?: true | undefined;
    /** The position from where on the room is marked as unread; 0: no mark. */
    unreadFrom?: number | undefined;
  };
  reported: {
    type: "reported";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    /** The message's position. */
    seq: number;
  };
  reports: {
    type: "reports";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
    reports: {
      /** The report's name, for `after`. */
      report: string;
      /** Who did it. */
      by: string;
      /** The service's clock; milliseconds since 1970. */
      atMs: number;
      /** Why, as who did it says; at most 200 code points. */
      reason?: string | undefined;
      /** The message as it was when it was reported. */
      event: LogEvent;
    }[];
    /** Whether there is more than this page. */
    more: boolean;
  };
  directory: {
    type: "directory";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    rooms: {
      room: string;
      /** The room's title, at most 100 Unicode code points; empty: none. */
      title?: string | undefined;
      /** What the room is about, at most 500 code points; empty: none. */
      topic?: string | undefined;
      /** Whether nothing can be added to the room. */
      closed?: true | undefined;
    }[];
    /** Whether there is more than this page. */
    more: boolean;
  };
  error: {
    type: "error";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    code: ErrorCode;
    /** For people. Do not parse it. */
    message: string;
    /** Whether the same request may succeed later; follows from the code. */
    retryable: boolean;
    /** Milliseconds to wait before trying again. */
    retryAfterMs?: number | undefined;
    /** The event as it is now, where I may see it; of several changes of one, with the last. */
    now?: MessageEvent | undefined;
  };
  disconnect: {
    type: "disconnect";
    code: DisconnectCode;
    /** For people. Do not parse it. */
    message: string;
    /** Whether to connect again. */
    reconnect: boolean;
    /** Milliseconds to wait before connecting again. */
    afterMs: number;
  };
}

/** The type of the frame that grants each action. */
export interface Replies {
  hello: "welcome";
  join: "joined";
  leave: "left";
  send: "ack";
  sync: "sync";
  history: "history";
  events: "events";
  edit: "edited";
  delete: "deleted";
  react: "reacted";
  reactors: "reactors";
  thread: "thread";
  read: "read";
  typing: "typing";
  readers: "readers";
  mentions: "mentions";
  pin: "pinned";
  who: "who";
  focus: "focused";
  create: "created";
  settings: "settings";
  configure: "configured";
  grant: "granted";
  invite: "invited";
  uninvite: "uninvited";
  decline: "declined";
  kick: "kicked";
  ban: "banned";
  unban: "unbanned";
  bans: "bans";
  mute: "muted";
  close: "closed";
  reopen: "reopened";
  members: "members";
  block: "blocked";
  blocks: "blocks";
  preferences: "preferences";
  report: "reported";
  reports: "reports";
  directory: "directory";
  ping: "pong";
}
