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
  | "rate_limited"
  | "internal"
  | "unavailable";

export type DisconnectCode = "token_expired" | "forgotten" | "too_many_connections" | "draining";

export interface LogEvent {
  /** The event's position in its room: 1, 2, 3 …, no holes, never reused. */
  seq: number;
  /** How many messages the room holds up to and including this one. */
  n: number;
  /** The event's mark: random, so no other event has it, also not at this position. */
  tag: string;
  /** The tag of the event before this one; none in the first. */
  prev?: string | undefined;
  kind: "message";
  from: string;
  /** The sender's display name as their token said it. */
  name?: string | undefined;
  /** The sender's name for the message. */
  cid: string;
  /** What the sender wrote, trimmed. */
  text: string;
  /** When the service took it; milliseconds since 1970. */
  sentAtMs: number;
}

export interface SyncedRoom {
  room: string;
  events: LogEvent[];
  /** A position in the room's log: 1, 2, 3 …; 0 before the first event. */
  seq: number;
  /** How many messages the room held up to and including `seq`. */
  n: number;
  complete: boolean;
}

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
    /** Only events above this position. Not with `before`. */
    after?: number | undefined;
    /** At most this many events; 50 when not given. */
    limit?: number | undefined;
  };
  read: {
    room: string;
    /** The position up to which the user has read. */
    seq: number;
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
}

/** Everything that the service sends, by its type. */
export interface ServerFrames {
  welcome: {
    type: "welcome";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    user: string;
    /** The gateway's name for this connection. */
    connectionId: string;
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
  };
  left: {
    type: "left";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    room: string;
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
    room: string;
    events: LogEvent[];
  };
  sync: {
    type: "sync";
    /** The client's name for the request, echoed in its reply or error. */
    id?: string | undefined;
    /** What there is to say of each room, in the order of the request. */
    rooms: (SyncedRoom | RefusedRoom)[];
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
    } | RefusedRoom)[];
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
  read: "read";
  typing: "typing";
  who: "who";
  focus: "focused";
  ping: "pong";
}
