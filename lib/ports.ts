/**
 * What the actions need of the world, as small interfaces; each method's comment is its promise,
 * and test/contract holds every adapter to it. All reads are strongly consistent: a
 * connection that subscribed and then missed an event in its read is seen by the sender's later
 * read, so nobody is skipped.
 */

import type { Verdict } from "./identity/tokenRefusal.ts";
import type { Reactions, Replies, ReportedMessages } from "./messagePorts.ts";
import type {
  ChangeableMessage,
  Connection,
  DeliveryWay,
  EventRange,
  KnownConnection,
  Member,
  Membership,
  MembershipChange,
  Mention,
  MessageChange,
  Noted,
  PreferencesChange,
  Reader,
  RoomChange,
  RoomItem,
  ShardJob,
  ShardOutcome,
  StoredEvent,
  Tail,
} from "./model.ts";
import type { Gateway } from "./protocol/gateways.ts";
import type { Deed } from "./protocol/limits.ts";
import type { IsReserved } from "./protocol/reservedNames.ts";
import type { LogEvent, MessageEvent } from "./protocol/serverFrames.ts";
import type { LineName, Measured } from "./signals/signals.ts";
import type { Subscriptions } from "./subscriptionPorts.ts";

/** What a fan-out may do to logs. */
export interface FanOutLog {
  /** Events at positions, as they are now, by position; those that are not there are left out. */
  findAll(room: string, seqs: readonly number[]): Promise<LogEvent[]>;
  /** Choose how a room's next events are delivered. */
  setDelivery(room: string, delivery: DeliveryWay): Promise<void>;
}

/** The rooms' logs. */
export interface MessageLog extends FanOutLog {
  /** The newest events of a room, at most `limit`. */
  tail(room: string, limit: number): Promise<Tail>;
  /**
   * Events of a room in the order asked for, without a gap; empty for a room that nobody wrote in.
   */
  list(room: string, range: EventRange): Promise<LogEvent[]>;
  /** The event at a position, or undefined. */
  find(room: string, seq: number): Promise<LogEvent | undefined>;
  /**
   * Store `event` if its position is free; else the event that is there. The caller has seen the
   * one before. Exactly one of many racing puts stores, and is told so however often it asks.
   */
  put(room: string, event: StoredEvent): Promise<StoredEvent | "stored">;
  /** A message at a position, with what a change of it is decided from. */
  findChangeable(room: string, seq: number): Promise<ChangeableMessage | undefined>;
  /**
   * Change a message, and mark it as one whose change has to be announced. As it then is;
   * undefined, and nothing is done, when it is not at the version asked for, was deleted, or is not
   * there.
   */
  change(room: string, seq: number, change: MessageChange): Promise<MessageEvent | undefined>;
  /** Let the stream deliver an event that is stored, and was to be delivered directly. */
  handOver(room: string, seq: number): Promise<void>;
}

/** What was set of rooms. An append reads it with the log's tail. */
export interface Rooms {
  /** `openRoom` where nothing was ever set. */
  find(room: string): Promise<RoomItem>;
  /**
   * Rooms that are listed, by name in code-unit order, starting behind `after`, at most `limit`.
   * Which they are is from an index, so one that was listed just now may be missing; what it says
   * of each is from the table.
   */
  listDirectory(
    after: string | undefined,
    limit: number,
  ): Promise<{ rooms: { room: string; item: RoomItem }[]; more: boolean }>;
  /**
   * Set a part, and raise `rev`, unless somebody else did since: then false. True as well for the
   * very change that was made before.
   */
  change(room: string, change: RoomChange): Promise<boolean>;
}

/**
 * To add members, and do nothing else to them. Ports are cut where functions differ in what they
 * may do to a table.
 */
export interface NewMemberships {
  /** Add unless there; a membership that is there keeps its read position. */
  add(user: string, membership: Membership): Promise<void>;
  /**
   * As `add`, and note that the user has written in the room: a member from then on, whose state
   * and `rev` are gone, so that a change which was decided on before them fails.
   */
  addWriter(user: string, membership: Membership): Promise<void>;
}

/** Who belongs to which room, kept with the user. */
export interface Memberships extends NewMemberships {
  /** What the user is to the room. Asked for at once, many cost hardly more than one. */
  find(user: string, room: string): Promise<Membership | undefined>;
  /** Who belongs to a room, as `listMembers` finds them; undefined of more than `max`. */
  listUsers(room: string, max: number): Promise<string[] | undefined>;
  /**
   * A room's members, in any order; undefined when there are more than `max`. Who belongs to it is
   * from an index, so somebody who has just come may be missing; who has just left is not there.
   */
  listMembers(room: string, max: number): Promise<Reader[] | undefined>;
  /**
   * Members, or who is banned, by user in code-unit order, starting behind `after`, at most
   * `limit`. From the index, as `listMembers`; what it says of each is from the table.
   */
  listPage(
    room: string,
    which: "members" | "banned",
    after: string | undefined,
    limit: number,
  ): Promise<{ members: Member[]; more: boolean }>;
  /** Invitations, at most `limit`, from the index: one that has just come may be missing. */
  listInvitations(user: string, limit: number): Promise<Membership[]>;
  /** A member's rooms by name in code-unit order, starting behind `after`, at most `limit`. */
  list(user: string, after: string | undefined, limit: number): Promise<Membership[]>;
  /**
   * Make a membership what `change` says, or begin one, unless it went on since: then false. True
   * as well for the very change that was made before.
   */
  change(user: string, change: MembershipChange): Promise<boolean>;
  /** Set some of a member's preferences. The membership as it then is; never creates one. */
  prefer(user: string, room: string, change: PreferencesChange): Promise<Membership | undefined>;
  /** Take a mark as unread away that is still at this position: else false. */
  takeMark(user: string, room: string, seq: number): Promise<boolean>;
  /**
   * Move a member's read position forward, and take a mark as unread away. Never moves it back,
   * never creates one; false if nothing changed.
   */
  moveRead(user: string, room: string, read: { seq: number; n: number }): Promise<boolean>;
}

/** To add notes of mentions, and do nothing else to them. */
export interface NewMentions {
  /** Put a note for each of many users. The same note again changes nothing. */
  put(users: readonly string[], mention: Mention): Promise<void>;
}

/** For each user, where they were mentioned. Whether a note still holds is not said here. */
export interface Mentions extends NewMentions {
  /** Newest first, at most `limit`; those older than `before`, where that is given. */
  list(
    user: string,
    before: { atMs: number; tag?: string } | undefined,
    limit: number,
  ): Promise<Mention[]>;
  /** Remove the notes that users have of some mentions; of those that are not there, nothing. */
  remove(
    users: readonly string[],
    mentions: readonly Pick<Mention, "atMs" | "tag">[],
  ): Promise<void>;
}

/** The users that each user blocks, as they are shown them. Direct rooms say which are in force. */
export interface Blocks {
  put(user: string, blocked: string): Promise<void>;
  remove(user: string, blocked: string): Promise<void>;
  /** By name in code-unit order, starting behind `after`, at most `limit`. */
  list(user: string, after: string | undefined, limit: number): Promise<string[]>;
}

/** What `$connect` takes of connections. */
export interface NewConnections {
  /** Remember a new connection with its first topics. */
  add(connection: Connection, topics: readonly string[]): Promise<void>;
}

/** To find many connections, and forget those that are gone. */
export interface ForgettableConnections {
  /** Those of many connections that are known, in any order. */
  findAll(connectionIds: readonly string[]): Promise<KnownConnection[]>;
  /** Remove many connections, also when their topics have changed since they were found. */
  removeAll(connectionIds: readonly string[]): Promise<void>;
}

/** To end one connection: it gains no topic any more, and is then forgotten. */
export interface EndableConnections extends ForgettableConnections {
  /** Let a connection gain no topic any more. As it then is; undefined when it is not known. */
  end(connectionId: string): Promise<KnownConnection | undefined>;
}

/** Every open connection, with the topics that it is subscribed to, by which it is forgotten. */
export interface Connections extends NewConnections, EndableConnections {
  find(connectionId: string): Promise<KnownConnection | undefined>;
  /**
   * Note topics on a connection, each in its shard. A topic that is there stays as it is, confirmed
   * or not, in the shard that it has. Undefined, and nothing is written, when the connection is not
   * known or ending, or has more topics than `sizeMax` already.
   */
  addTopics(
    connectionId: string,
    topics: ReadonlyMap<string, number>,
    sizeMax: number,
  ): Promise<Noted | undefined>;
  /**
   * Note topics in place of others, which are named no more. Undefined, and nothing is written,
   * when the connection is not known or ending, or not at this revision.
   */
  replaceTopics(
    connectionId: string,
    topics: ReadonlyMap<string, number>,
    replaced: readonly string[],
    revision: number,
  ): Promise<Noted | undefined>;
  /** Say that topics are heard. False, and nothing is said, when the epoch is not this one. */
  confirmTopics(
    connectionId: string,
    topics: ReadonlyMap<string, number>,
    epoch: number,
  ): Promise<boolean>;
  /**
   * Take back that a topic is heard, and begin an epoch; its number. Undefined, and nothing is
   * done, when the connection is not at this revision.
   */
  withdrawTopic(
    connectionId: string,
    topic: string,
    shard: number,
    revision: number,
  ): Promise<number | undefined>;
  /** Remove a topic from a connection that is still at this revision: else false. */
  removeTopic(connectionId: string, topic: string, revision: number): Promise<boolean>;
}

/** What users spent, as all function instances count it together. */
export interface Spending {
  /**
   * Add to what a user spent in the window that ends then, or to how often they did something, and
   * return the sum. Kept for as long as the window lasts, at least.
   */
  add(user: string, windowEndsAtMs: number, cost: number, deed?: Deed): Promise<number>;
}

/** Count deeds of a user in this hour. 0, or the milliseconds to wait where that is too often. */
export type Allowance = (user: string, deed: Deed, times: number) => Promise<number>;

/**
 * What became of one post, or of closing. `gone`: the gateway knows no such connection.
 * `throttled`: we are too fast, or that client reads too slowly. `failed`: no answer, or the
 * gateway is in trouble. `refused`: our defect (rights, size).
 */
export type PostResult = "delivered" | "gone" | "throttled" | "failed" | "refused";

/** Where a connection is posted to. */
export type Address = Pick<Connection, "gateway" | "connectionId">;

/** The sockets of clients, each reached through the management endpoint of its gateway. */
export interface Sockets {
  /** Post one frame. Never throws, never retries, and ends within so many milliseconds. */
  post(to: Address, frame: Uint8Array<ArrayBuffer>, withinMs: number): Promise<PostResult>;
  /** Close a connection, as `post` posts. A connection that is gone is closed enough. */
  close(connection: Address, withinMs: number): Promise<PostResult>;
}

export interface GatewayList {
  /** The configured gateways, in any order, as they were some seconds ago; there may be none. */
  list(): Promise<Gateway[]>;
}

/**
 * The connections of a gateway, by its management endpoint. From an index, and so the one exception
 * from consistent reads: what has just come may be missing, and what has just gone still be there.
 */
export interface GatewayConnections {
  /** How many have not expired. */
  count(gateway: string, nowMs: number): Promise<number>;
  /** The ids of all, in pages, expired ones included. */
  list(gateway: string): AsyncIterable<string[]>;
}

/** Other instances of functions, which share the work of one fan-out. */
export interface Workers {
  /** Deliver to a shard; rejects when that failed as a whole. */
  deliver(job: ShardJob): Promise<ShardOutcome>;
}

/** Limits how often typing is shown. */
export interface TypingPace {
  /** Whether to pass a hint on; what is passed on is remembered. */
  pass(user: string, room: string, on: boolean, nowMs: number): boolean;
}

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

/** Verifies tokens. */
export interface Tokens {
  /** Who the token says this is, or why it is not to be trusted. */
  verify(token: string): Promise<Verdict>;
}

/** Tells the operator. Never given a token, or text that somebody wrote. */
export type Report = (what: LineName, details: Readonly<Record<string, unknown>>) => void;
/** Adds to a metric of the running invocation, or keeps one more value of a duration. */
export type Measure = (name: Measured, value: number) => void;

export interface Ports {
  log: MessageLog;
  rooms: Rooms;
  memberships: Memberships;
  blocks: Blocks;
  reported: ReportedMessages;
  allowance: Allowance;
  reactions: Reactions;
  replies: Replies;
  mentions: Mentions;
  connections: Connections;
  subscriptions: Subscriptions;
  sockets: Sockets;
  clock: Clock;
  /** A name that was never used before: 1–64 characters of A–Z a–z 0–9 . _ - */
  newId: () => string;
  /** The mark of a change of a room or a membership: random. */
  newMark: () => string;
  /**
   * A name for a private room (`privateRoomPattern`): one that nobody can guess, or that of a
   * request, which is the same each time and no other request's.
   */
  newPrivateRoom: (request?: { user: string; cid: string }) => string;
  /** Whether only the operator makes a public room of this name. */
  isReserved: IsReserved;
  /** Whether a stranger's first message waits to be accepted. */
  holdsRequests: boolean;
  /** Whether rooms may say for how long their messages are kept. */
  retains: boolean;
  /** The mark of an event: 8 random characters of A–Z a–z 0–9 _ - */
  newTag: () => string;
  /** Evenly spread over [0, 1). */
  random: () => number;
  typingPace: TypingPace;
  report: Report;
  measure: Measure;
}

/** Rejects unless everything that the service stores things in answers. */
export type Health = () => Promise<void>;
