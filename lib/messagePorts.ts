/** What is kept about messages beside their log: ports, as those of ports.ts. */
import type { Reactor, Reported } from "./model.ts";

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
