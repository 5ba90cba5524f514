/**
 * How the rooms of a sync share the one frame that answers it. Each room takes what it needs, in
 * the order in which they were asked for, until the frame is full; those that are left over are
 * named in `later`. Every name has its place in `later` from the start, so there is always space
 * to name it.
 */
import type { Head } from "../../model.ts";
import { bytesOf } from "../../protocol/frameSize.ts";
import { limits } from "../../protocol/limits.ts";
import type { LogEvent, RefusedRoom, ServerFrame } from "../../protocol/serverFrames.ts";

/** What was read of a room. */
export interface FoundRoom {
  room: string;
  /** Where the client is. */
  cursor: number;
  /** The next events. */
  events: readonly LogEvent[];
  /** Where the log ends, if the events reach to its end. */
  head: Head | undefined;
  /** The lowest position that there is for this reader, where the client is further back. */
  from?: number;
  /** The first position that this reader may see; none: all. */
  fromSeq?: number | undefined;
}

/** A room that has its place in the reply. */
export interface PlacedRoom extends Omit<FoundRoom, "events"> {
  events: LogEvent[];
}

/** A frame of sync with the longest id and nothing else. */
const emptyFrame = { type: "sync", id: "i".repeat(64), rooms: [], later: [] };
const largest = Number.MAX_SAFE_INTEGER;

export class SyncReply {
  readonly #rooms: (PlacedRoom | RefusedRoom)[] = [];
  readonly #later: Set<string>;
  #bytesLeft: number;
  #isFull = false;

  /** @param rooms all that were asked for */
  constructor(rooms: readonly string[]) {
    this.#later = new Set(rooms);
    this.#bytesLeft = limits.frameBytes - bytesOf({ ...emptyFrame, later: rooms });
  }

  /** Whether something did not fit. */
  get isFull(): boolean {
    return this.#isFull;
  }

  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  /** Give a room its place, with as many of its events as fit; none, where not one does. */
  place(found: FoundRoom): void {
    const { room, head = { seq: largest, n: largest } } = found;
    const events = found.events.slice(0, 1);
    const from = found.from !== undefined && { from: found.from };
    const least = { room, events, seq: head.seq, n: head.n, complete: false, ...from };
    if (!this.#take(room, bytesOf(least))) return;
    const placed = { ...found, events };
    this.#rooms.push(placed);
    this.extend(placed, found.events.slice(1));
  }

  refuse(refused: RefusedRoom): void {
    if (this.#take(refused.room, bytesOf(refused))) this.#rooms.push(refused);
  }

  #take(room: string, bytes: number): boolean {
    const left = this.#bytesLeft + bytesOf(room) - bytes; // a comma less there is one more here
    if (left < 0) {
      this.#isFull = true;
      return false;
    }
    this.#later.delete(room);
    this.#bytesLeft = left;
    return true;
  }

  /** Add the next events of a room that has its place, as many as fit. */
  extend(placed: PlacedRoom, events: readonly LogEvent[]): void {
    for (const event of events) {
      const left = this.#bytesLeft - bytesOf(event) - 1;
      if (left < 0) {
        this.#isFull = true;
        return;
      }
      this.#bytesLeft = left;
      placed.events.push(event);
    }
  }

  /** Rooms that have their place, and of whose log the end is not known. */
  endless(): PlacedRoom[] {
    return this.#rooms.flatMap((room) => ("error" in room || room.head ? [] : [room]));
  }

  /** @throws Error unless the end of every room's log is known */
  frame(): ServerFrame<"sync"> {
    const rooms = this.#rooms.map((one) => {
      if ("error" in one) return one;
      const { room, cursor, events, head, from: first } = one;
      if (head === undefined) throw new Error(`the end of ${room} was not looked for`);
      const last = events.at(-1)?.seq ?? cursor;
      const from = first !== undefined && { from: first };
      return { room, events, seq: head.seq, n: head.n, complete: last === head.seq, ...from };
    });
    return { type: "sync", rooms, later: [...this.#later] };
  }
}
