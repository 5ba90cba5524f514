/** What removes events that are past their time: ports, as those of ports.ts. */

/** How far the walk through all logs has come. */
export interface Walk {
  beganAtMs: number;
  /** Where to go on, "" at its beginning; none: it has ended. */
  place?: string;
}

export interface Expiry {
  /**
   * Some of the logs that there are, each whenever the walk gets to it, with the time of its oldest
   * event; and where to go on, if there may be more. A walk from "" to its end comes to every log
   * that was there when it began.
   */
  listLogs(place: string): Promise<{ logs: { room: string; oldestMs: number }[]; place?: string }>;
  /** Say where a room's log begins from now on, and how many messages came before; never back. */
  begin(room: string, begins: { seq: number; n: number }): Promise<void>;
  /** Remove events; ahead of them what hangs on each: reactions, and the items of its thread. */
  remove(room: string, seqs: readonly number[]): Promise<void>;
  /**
   * Leave of a message its place alone, as a delete does, with nothing that hangs on it. Nobody is
   * told. One that is deleted stays as it is.
   */
  empty(room: string, seq: number, nowMs: number): Promise<void>;
  findWalk(): Promise<Walk | undefined>;
  putWalk(walk: Walk): Promise<void>;
}
