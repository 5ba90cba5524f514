/**
 * What the actions need of the world, as small interfaces; each method's comment is its promise,
 * and test/contract holds every adapter to it. All reads are strongly consistent: that a sender
 * reading late sees whoever subscribed before an early read missed the event is what makes "nobody
 * is skipped" true.
 */
import type { Connection, Identity, Membership, Subscription } from "./domain/model.ts";
import type { LogEvent } from "./protocol/serverFrames.ts";

export interface EventRange {
  /** Only events with a higher position. */
  after?: number;
  /** Only events with a lower position. */
  before?: number;
  /** At most this many. */
  limit: number;
  /** Which end to start from, and the order of the result. */
  order: "oldest first" | "newest first";
  /** May stop early, but not before holding more than this many bytes of events as JSON. */
  bytesMax?: number;
}

/** The rooms' logs. */
export interface MessageLog {
  /**
   * Events of a room in the order asked for, without a gap; empty for a room that nobody wrote in.
   */
  list(room: string, range: EventRange): Promise<LogEvent[]>;
  /** The event at a position, or undefined. */
  find(room: string, seq: number): Promise<LogEvent | undefined>;
  /**
   * Store `event` at its position if nothing is there; else the event that is. The caller has seen
   * position − 1, so positions stay dense. Of any number of racing puts exactly one stores, and is
   * told so even when its answer got lost and the store was asked again underneath.
   */
  put(room: string, event: LogEvent): Promise<LogEvent | "stored">;
}

/**
 * What sending takes of memberships. Ports are cut where functions differ in what they may do to a
 * table.
 */
export interface OpenMemberships {
  find(user: string, room: string): Promise<Membership | undefined>;
  /** Add unless there; a membership that is there keeps its read position. */
  add(user: string, membership: Membership): Promise<void>;
}

/** Who belongs to which room, kept with the user. */
export interface Memberships extends OpenMemberships {
  /** Memberships by room name in code-unit order, starting behind `after`, at most `limit`. */
  list(user: string, after: string | undefined, limit: number): Promise<Membership[]>;
  /** Remove; of one that is not there, nothing. */
  remove(user: string, room: string): Promise<void>;
  /**
   * Move the read position forward, never back and never into being: false when that leaves it
   * where it is.
   */
  moveRead(user: string, room: string, read: { seq: number; n: number }): Promise<boolean>;
}

/** What `$connect` takes of connections. */
export interface NewConnections {
  /** Remember a new connection with its first topics. */
  add(connection: Connection, topics: readonly string[]): Promise<void>;
}

/** A connection as it was found. The revision changes whenever its topics do. */
export interface KnownConnection {
  connection: Connection;
  topics: string[];
  revision: number;
}

/** What forgetting takes of connections. */
export interface KnownConnections {
  find(connectionId: string): Promise<KnownConnection | undefined>;
  /** Remove a connection if it is still at this revision, or not there any more: else false. */
  remove(connectionId: string, revision: number): Promise<boolean>;
}

/** Every open connection, with the topics that it is subscribed to: what is needed to forget it. */
export interface Connections extends NewConnections, KnownConnections {
  /**
   * Note a topic on a connection. Nothing is written when the connection is not known, or when the
   * topic would be one more than `limits.topicsPerConnection`.
   */
  addTopic(connectionId: string, topic: string): Promise<"added" | "unknown" | "full">;
  /** Remove a topic from a connection that is still at this revision: else false. */
  removeTopic(connectionId: string, topic: string, revision: number): Promise<boolean>;
}

/** What `$connect` takes of subscriptions. */
export interface NewSubscriptions {
  /** Put a subscription that hears at once. */
  put(subscription: Subscription): Promise<void>;
}

/** What publishing takes of subscriptions. */
export interface Subscribers {
  /**
   * Every subscription of a topic, in pages, expired ones included. The next page is read ahead.
   * Who will stop early says how large a page is worth reading.
   */
  list(topic: string, pageSize?: number): AsyncIterable<Subscription[]>;
  /** Remove; true when there was one. */
  remove(topic: string, connectionId: string): Promise<boolean>;
}

/** Which connections hear which topic. */
export interface Subscriptions extends NewSubscriptions, Subscribers {
  /** Whether a connection hears a topic. */
  isHeard(topic: string, connectionId: string): Promise<boolean>;
  /**
   * Put a subscription that hears nothing until it is confirmed, unless there is one that hears.
   */
  reserve(subscription: Subscription): Promise<"reserved" | "heard">;
  /** Let a reserved subscription hear; false, and nothing is put, when it was removed meanwhile. */
  confirm(topic: string, connectionId: string): Promise<boolean>;
}

/**
 * What became of one post. `gone`: the gateway knows no such connection. `throttled`: we are too
 * fast, or that client reads too slowly. `failed`: no answer, or the gateway is in trouble.
 * `refused`: our defect (rights, size).
 */
export type PostResult = "delivered" | "gone" | "throttled" | "failed" | "refused";

/** The gateways, each reached through its management endpoint. */
export interface Gateways {
  /** Post one frame. Never throws, never retries, and ends within so many milliseconds. */
  post(
    to: Pick<Connection, "gateway" | "connectionId">,
    frame: Uint8Array<ArrayBuffer>,
    withinMs: number,
  ): Promise<PostResult>;
  /**
   * Close a connection. Never throws: a connection that is gone, or whose gateway is down, is
   * closed enough.
   */
  close(connection: Pick<Connection, "gateway" | "connectionId">): Promise<void>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  wait(ms: number): Promise<void>;
}

/** Verifies tokens. */
export interface Tokens {
  /** Who the token says this is; undefined when it is not to be trusted, for whatever reason. */
  verify(token: string): Promise<Identity | undefined>;
}

/** Tells the operator. Never given a token, or text that somebody wrote. */
export type Report = (what: string, details: Readonly<Record<string, unknown>>) => void;

export interface Ports {
  log: MessageLog;
  memberships: Memberships;
  connections: Connections;
  subscriptions: Subscriptions;
  gateways: Gateways;
  clock: Clock;
  /** A name that was never used before: 1–64 characters of A–Z a–z 0–9 . _ - */
  newId: () => string;
  /** Evenly spread over [0, 1). */
  random: () => number;
  report: Report;
}

/** Rejects unless everything that the service stores things in answers. */
export type Health = () => Promise<void>;
