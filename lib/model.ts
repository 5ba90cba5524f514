/** The nouns that actions and ports share. Times ending in `Ms` are milliseconds since 1970. */
import { limits } from "./protocol/limits.ts";
import type { LogEvent, MessageEvent } from "./protocol/serverFrames.ts";

/** Who a token says somebody is. */
export interface Identity {
  user: string;
  name?: string;
  expiresAtMs: number;
  scopes: readonly string[];
  /** Whether a server of the operator's asks, which leads every room: the scope `rooms:admin`. */
  isAdmin?: boolean;
}

/**
 * One WebSocket. `gateway` is the management endpoint that reaches it, which is also the gateway's
 * identity.
 */
export interface Connection {
  connectionId: string;
  gateway: string;
  user: string;
  connectedAtMs: number;
  /**
   * When it stops receiving: the token's expiry, or the longest that a gateway keeps a
   * connection, the sooner of the two.
   */
  expiresAtMs: number;
}

/**
 * A connection as it was found, with its topics and the shard of each. The revision changes
 * whenever topics are added or removed, the epoch whenever one begins to be unsubscribed. One that
 * `isEnding` is being forgotten, and gains no topics.
 */
export interface KnownConnection {
  connection: Connection;
  topics: ReadonlyMap<string, number>;
  /** Those of its topics that it hears. Of the others only the subscription says whether. */
  confirmed: ReadonlySet<string>;
  revision: number;
  epoch: number;
  isEnding: boolean;
}

/** A connection once topics were noted on it: the shard of each of its topics, and its epoch. */
export interface Noted {
  shards: ReadonlyMap<string, number>;
  epoch: number;
}

/** That a connection receives what is published to a topic. */
export interface Subscription extends Connection {
  topic: string;
  /** Which part of the topic it is kept in, from 0; a connection stays where it first was put. */
  shard: number;
}

/** Where one subscription is kept. */
export type SubscriptionKey = Pick<Subscription, "topic" | "shard" | "connectionId">;

/** Who asks for an action. */
export interface Caller {
  user: string;
  name?: string;
}

/** Who asks over a socket. */
export interface ConnectedCaller extends Caller {
  connection: Connection;
  /** The token's own expiry. */
  expiresAtMs: number;
  /** As of an `Identity`. */
  isAdmin?: boolean;
}

/** What a user is to a room, and how far they have read it. */
export interface Membership {
  room: string;
  /** None: a member. */
  state?: "invited" | "left" | "banned";
  /** Rises with every step (`lib/actions/rooms/membershipSteps.ts`); none before the first. */
  rev?: number;
  /** None: no role of their own. Owners stand on the room. */
  role?: "moderator";
  mutedUntilMs?: number;
  /** The first position that this member may read; none: all. */
  fromSeq?: number;
  /** Of an invitation: whose it is. */
  invitedBy?: string;
  /** Of somebody who was put out: by whom. */
  kickedBy?: string;
  joinedAtMs: number;
  readSeq: number;
  readN: number;
  /** Of a direct room: whether this user has sent a message there, or was about to. */
  hasWritten?: boolean;
  /** What notifies this user; none: everything. */
  notify?: "mentions" | "none";
  /** The room's head when this user hid it; none: it is shown. */
  hiddenAt?: number;
  /** From which position on this user marked the room as unread, and how many messages before. */
  unreadFrom?: { seq: number; n: number };
}

/** What becomes of a user's preferences for a room: null takes one away, and no word leaves it. */
export interface PreferencesChange {
  notify?: "mentions" | "none" | null;
  hiddenAt?: number | null;
  unreadFrom?: { seq: number; n: number } | null;
}

/**
 * What a membership becomes. What is not set here is none from then on, but for `read`, what a user
 * wrote and preferred. With `read` nothing is hidden or marked as unread any more.
 */
export interface MembershipChange
  extends Pick<
    Membership,
    "room" | "state" | "role" | "mutedUntilMs" | "fromSeq" | "invitedBy" | "kickedBy" | "joinedAtMs"
  > {
  /** What it must be at still; 0 where there is none, or one without a `rev`. */
  fromRev: number;
  /** Random. A request that was repeated for its lost answer finds its own change by it. */
  mark: string;
  /** Where somebody who joins begins to read; a member keeps the position that is there. */
  read?: { seq: number; n: number };
}

/** That a message mentions a user. The tag is the message's. */
export interface Mention {
  room: string;
  seq: number;
  tag: string;
  from: string;
  /** When the message was sent. */
  atMs: number;
}

/** One of a room's members, and how far they have read. */
export type Reader = Pick<Membership, "readSeq" | "readN"> & { user: string };

/** One of those who are something to a room. */
export type Member = Omit<Membership, "room"> & { user: string };

/**
 * How an event reaches its room: its sender's function posts it to everybody, or the stream of the
 * log sets off functions that share the work.
 */
export type DeliveryWay = "direct" | "stream";

/** A message that somebody reported, as it was then. */
export interface Reported {
  by: string;
  atMs: number;
  reason?: string;
  event: MessageEvent;
}

/** An event as its log keeps it, with the way of its delivery: direct, unless told. */
export type StoredEvent = LogEvent & { delivery?: "stream" };

/** Whether a put found an event that it stored itself, before its answer got lost. */
export function isSameEvent(a: LogEvent, b: LogEvent): boolean {
  return a.tag === b.tag && a.from === b.from && a.cid === b.cid;
}

/** An edit that was made, by the author's name for it, and the version that it made. */
export interface Edit {
  cid: string;
  v: number;
}

/** A message as a change of it is decided from. */
export interface ChangeableMessage {
  event: MessageEvent;
  /** The newest last; none once the message is deleted. */
  edits: readonly Edit[];
  /** Rises when the reactions on it are counted anew and are others; 0 before the first. */
  reactionsRev: number;
}

/** What one user reacted to a message with, and when. */
export interface Reactor {
  user: string;
  emoji: readonly { emoji: string; atMs: number }[];
}

/** A reply, as its thread lists it. */
export interface Reply {
  seq: number;
  user: string;
  isDeleted: boolean;
}

/** A change of a stored message. It raises `v` by one. */
export interface MessageChange {
  /** What it must be at still; none: whatever it is at, unless it was deleted. */
  fromV?: number;
  set: Partial<
    Pick<
      MessageEvent,
      "text" | "data" | "editedAtMs" | "deleted" | "reactions" | "thread" | "mentions"
    >
  > & {
    edits?: readonly Edit[];
    reactionsRev?: number;
  };
  remove: readonly string[];
}

/** What was set of a room. `rev` rises with every change, and is 0 where nothing was ever set. */
export interface RoomItem {
  rev: number;
  visibility: "public" | "private";
  title?: string;
  topic?: string;
  /** Who leads the room, in the order in which they came to. */
  owners: readonly string[];
  /** Who may invite. */
  invites: "members" | "moderators";
  /** What somebody who joins can read: everything, or what comes after. */
  history: "all" | "since_join";
  /** How long a member waits between two messages. */
  slowModeMs: number;
  /** Whether the directory shows it. */
  listed: boolean;
  /** For how long messages are kept, where the operator lets rooms say so; 0, none: for good. */
  retentionMs?: number;
  /**
   * Where its log begins, since what was past its time is deleted: the first position, and how many
   * messages came before. The newest event stays, so a log that had one has one.
   */
  begins?: { seq: number; n: number };
  /** Whether nothing can be added any more. */
  closed: boolean;
  /** Of a direct room: which of its users block the other one; none: neither. */
  blockedBy?: readonly string[];
  /** Positions of messages, in the order in which they were pinned. */
  pins: readonly number[];
  /** Whether a member may not see all of the log: `history` was `since_join` once. */
  hidesPast?: boolean;
}

/** A room that nobody set anything of: everybody may join it, and nobody leads it. */
export const openRoom: RoomItem = {
  rev: 0,
  visibility: "public",
  owners: [],
  invites: "members",
  history: "all",
  slowModeMs: 0,
  listed: false,
  closed: false,
  pins: [],
};

/** A change of a room: what it sets, what has to be there still, and a mark of its own. */
export interface RoomChange extends Partial<Omit<RoomItem, "rev">> {
  fromRev: number;
  /** Random. A request that was repeated for its lost answer finds its own change by it. */
  mark: string;
}

/** What an append is decided from. */
export interface Tail {
  /** Newest first, without a gap. */
  events: StoredEvent[];
  /** How the room's next events are to be delivered. */
  delivery: DeliveryWay;
  room: RoomItem;
}

/** A room's newest position, message number and event; 0, 0 and none while nothing was said. */
export interface Head {
  seq: number;
  n: number;
  tag?: string;
}

/** Events of one room, to be posted to one shard of its topic. */
export interface ShardJob {
  room: string;
  shard: number;
  /** By position. */
  events: LogEvent[];
  /** The connection behind which to go on; empty, or none, for the first. */
  after?: string;
  /** Milliseconds for all of it. */
  withinMs: number;
}

export interface ShardOutcome {
  /** Connections that were met and are not gone, posted to or skipped. */
  connections: number;
  /** Where the time ran out; there may be more behind it. */
  stoppedBehind?: string;
}

/** When a connection made now for a token stops receiving. */
export function connectionExpiryMs(nowMs: number, tokenExpiresAtMs: number): number {
  return Math.min(tokenExpiresAtMs, nowMs + limits.connectionSeconds * 1_000);
}

/** Which events of a room are read. */
export interface EventRange {
  /** Only events with a higher position. */
  after?: number;
  /** Only events with a lower position. */
  before?: number;
  /** At most this many. */
  limit: number;
  /** Which end to start from, and the order of the result. */
  order: "oldest first" | "newest first";
  /** Leave out entries that only say that something changed. */
  withoutChanged?: boolean;
  /** May stop early, but not before holding more than this many bytes of events as JSON. */
  bytesMax?: number;
}
