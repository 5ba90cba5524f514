/** What is kept about messages beside their log: ports, as those of ports.ts. */
import type { EventRange, Reactor, Reply, Reported } from "./model.ts";

/** Who reacted to each message, and with what. Kept when the message is deleted. */
export interface Reactions {
  /** Let a user react with an emoji. One that is there keeps its time. */
  put(room: string, seq: number, user: string, emoji: string, atMs: number): Promise<void>;
  /** Nothing changes where there is no such reaction. */
  remove(room: string, seq: number, user: string, emoji: string): Promise<void>;
  /** The reactions of one user; undefined for one who has none. */
  find(room: string, seq: number, user: string): Promise<Reactor | undefined>;
  /**
   * Those who reacted, with this emoji or any, by user in code-unit order, starting behind `after`,
   * at most `limit`.
   */
  list(
    room: string,
    seq: number,
    range: { emoji?: string | undefined; after?: string | undefined; limit: number },
  ): Promise<Reactor[]>;
}

/** What sending takes of threads. */
export interface NewReplies {
  /** Note a reply to a root. One that is noted stays as it is, deleted or not. */
  put(room: string, root: number, reply: Pick<Reply, "seq" | "user">): Promise<void>;
}

/** The replies to each root, and who follows its thread. */
export interface Replies extends NewReplies {
  /** Note that a reply is deleted, whether it was noted or not. */
  markDeleted(room: string, root: number, reply: Pick<Reply, "seq" | "user">): Promise<void>;
  /** Replies between two positions, in the order asked for, at most `limit`. */
  list(
    room: string,
    root: number,
    range: Pick<EventRange, "after" | "before" | "limit" | "order">,
  ): Promise<Reply[]>;
  /** Let users follow a thread; those who do go on. */
  follow(room: string, root: number, users: readonly string[]): Promise<void>;
  isFollowing(room: string, root: number, user: string): Promise<boolean>;
}

/** What was reported in each room. */
export interface ReportedMessages {
  /** Keep until then, and no longer. Nothing changes where the user's report is there. */
  put(room: string, reported: Reported, keptUntilMs: number): Promise<void>;
  /**
   * Newest messages first, the reports of one by reporter in code-unit order, starting behind
   * `after`, at most `limit`; none that is past its time.
   */
  list(
    room: string,
    after: { seq: number; by: string } | undefined,
    limit: number,
    nowMs: number,
  ): Promise<Reported[]>;
}
