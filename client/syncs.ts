/**
 * Which rooms have to be synced, and the syncs under way: as many rooms in a frame as fit, one sync
 * of a room at a time, tried again where that may help. Rooms for which an answer had no space are
 * asked for again at once, ahead of those that it brought a part of. Asking for a sync of a room
 * that is being synced means another one after it: the answer under way may have been read too
 * early.
 */
import { ChatError, errorOf, retryable } from "./chatError.ts";
import type { Connection } from "./connection.ts";
import type { ServerFrame, SyncedRoom } from "./frames.ts";
import type { Ports } from "./ports.ts";
import { decideRetry, noTries, type Tries } from "./retries.ts";
import { type Synced, syncFields, syncFrames } from "./syncFrames.ts";

export interface SyncingRoom extends Synced {
  synced(answer: SyncedRoom): void;
  /** The room cannot be synced, not even by trying again. */
  failed(error: ChatError): void;
}

export class Syncs {
  readonly #connection: Connection;
  readonly #ports: Ports;
  readonly #due = new Set<SyncingRoom>();
  /** With the request for it: an answer to an earlier one, that was called off, is not heard. */
  readonly #underWay = new Map<SyncingRoom, object>();
  /** What was tried in a row; and how to call off the next try, while that is waited for. */
  readonly #failed = new Map<SyncingRoom, { tries: Tries; cancel?: () => void }>();

  constructor(connection: Connection, ports: Ports) {
    this.#connection = connection;
    this.#ports = ports;
  }

  /** Sync a room soon. Does nothing without a connection, since the next one syncs every room. */
  request(room: SyncingRoom): void {
    if (this.#connection.status !== "live") return;
    if (this.#failed.get(room)?.cancel !== undefined) return; // it will be, in a while
    this.#due.add(room);
    queueMicrotask(() => this.#flush());
  }

  /** Forget what was to be done, for one room or for all. */
  cancel(
    rooms: Iterable<SyncingRoom> = [...this.#due, ...this.#underWay.keys(), ...this.#failed.keys()],
  ) {
    for (const room of rooms) {
      this.#due.delete(room);
      this.#underWay.delete(room);
      this.#failed.get(room)?.cancel?.();
      this.#failed.delete(room);
    }
  }

  #flush(): void {
    const rooms = [...this.#due].filter((room) => !this.#underWay.has(room));
    for (const some of syncFrames(rooms)) void this.#ask(some);
  }

  #ask(rooms: SyncingRoom[]): void {
    const request = {};
    for (const room of rooms) {
      this.#due.delete(room);
      this.#underWay.set(room, request);
    }
    const answered = (outcomeOf: (name: string) => Outcome | undefined) => {
      for (const room of rooms) {
        const outcome = outcomeOf(room.name);
        // What one room was told may have called off the others.
        if (outcome && this.#underWay.get(room) === request) this.#answered(room, outcome);
      }
    };
    const fail = (error: ChatError) => answered(() => error);
    const answer = (frame: ServerFrame) => {
      if (frame.type === "error") fail(errorOf(frame));
      if (frame.type !== "sync") return;
      const later = new Set(frame.rooms.length > 0 ? frame.later : []);
      const outcomes = outcomesIn(frame);
      answered((name) => (later.has(name) ? "later" : undefined));
      answered((name) => outcomes.get(name) ?? leftOut(name));
    };
    this.#connection.ask("sync", syncFields(rooms), { answer, fail });
  }

  #answered(room: SyncingRoom, outcome: Outcome): void {
    this.#underWay.delete(room);
    if (outcome === "later") this.#due.add(room);
    if (this.#due.has(room)) queueMicrotask(() => this.#flush());
    if (outcome === "later") return;
    if (outcome instanceof ChatError) {
      this.#retry(room, outcome);
      return;
    }
    this.#failed.delete(room);
    this.#connection.resetBackoff();
    room.synced(outcome);
  }

  #retry(room: SyncingRoom, error: ChatError): void {
    const tries = this.#failed.get(room)?.tries ?? noTries;
    this.#failed.delete(room);
    // Of a log that went back no sync of the same position is of any use.
    const isReset = error.code === "log_reset";
    const next = isReset ? { error } : decideRetry(error, tries, this.#ports.random);
    if ("error" in next) {
      room.failed(next.error);
      return;
    }
    const cancel = this.#ports.clock.after(next.afterMs, () => {
      this.#failed.set(room, { tries: next.tries });
      this.request(room);
    });
    this.#failed.set(room, { tries: next.tries, cancel });
  }
}

type Outcome = SyncedRoom | ChatError | "later";

function outcomesIn({ rooms }: ServerFrame<"sync">): Map<string, SyncedRoom | ChatError> {
  return new Map(rooms.map((one) => [one.room, "error" in one ? errorOf(one.error) : one]));
}

/** A defect of the service, so one that may go away. */
function leftOut(room: string): ChatError {
  return retryable("internal", `unable to sync ${room}; the answer lacks it`);
}
