/**
 * Which rooms have to be synced, and the syncs under way: as many rooms in a frame as fit, one sync
 * of a room at a time, tried again where that may help. Asking for a sync of a room that is being
 * synced means another one after it: the answer under way may have been read too early.
 */
import { ChatError, errorOf } from "./chatError.ts";
import type { Connection } from "./connection.ts";
import type { ServerFrame } from "./frames.ts";
import type { Ports } from "./ports.ts";
import { decideRetry, noTries, type Tries } from "./retries.ts";
import { type Synced, syncFields, syncFrames } from "./syncFrames.ts";

export interface SyncedRoom extends Synced {
  synced(reply: ServerFrame<"sync">): void;
  /** The room cannot be synced, not even by trying again. */
  failed(error: ChatError): void;
}

export class Syncs {
  readonly #connection: Connection;
  readonly #ports: Ports;
  readonly #due = new Set<SyncedRoom>();
  /** With the request for it: an answer to an earlier one, that was called off, is not heard. */
  readonly #underWay = new Map<SyncedRoom, object>();
  /** What was tried in a row; and how to call off the next try, while that is waited for. */
  readonly #failed = new Map<SyncedRoom, { tries: Tries; cancel?: () => void }>();

  constructor(connection: Connection, ports: Ports) {
    this.#connection = connection;
    this.#ports = ports;
  }

  /** Sync a room soon. Does nothing without a connection, since the next one syncs every room. */
  request(room: SyncedRoom): void {
    if (this.#connection.status !== "connected") return;
    if (this.#failed.get(room)?.cancel !== undefined) return; // it will be, in a while
    this.#due.add(room);
    queueMicrotask(() => this.#flush());
  }

  /** Forget what was to be done, for one room or for all. */
  cancel(
    rooms: Iterable<SyncedRoom> = [...this.#due, ...this.#underWay.keys(), ...this.#failed.keys()],
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
    for (const some of syncFrames(rooms)) this.#ask(some);
  }

  #ask(rooms: SyncedRoom[]): void {
    const unanswered = new Map(rooms.map((room) => [room.name, room]));
    for (const room of rooms) {
      this.#due.delete(room);
      this.#underWay.set(room, unanswered);
    }
    const answered = (room: SyncedRoom, result: ServerFrame<"sync"> | ChatError) => {
      if (this.#underWay.get(room) === unanswered) this.#answered(room, result);
    };
    const fail = (error: ChatError) => {
      for (const room of unanswered.values()) answered(room, error);
      unanswered.clear();
    };
    const answer = (frame: ServerFrame) => {
      if (frame.type !== "sync" && frame.type !== "error") return false;
      const result = frame.type === "sync" ? frame : errorOf(frame);
      const room = unanswered.get(frame.room ?? "");
      if (room && unanswered.delete(room.name)) answered(room, result);
      else if (result instanceof ChatError) fail(result); // it is about all of them
      return unanswered.size === 0;
    };
    this.#connection.ask("sync", syncFields(rooms), { answer, fail });
  }

  #answered(room: SyncedRoom, answer: ServerFrame<"sync"> | ChatError): void {
    this.#underWay.delete(room);
    if (this.#due.has(room)) queueMicrotask(() => this.#flush());
    if (answer instanceof ChatError) {
      this.#retry(room, answer);
      return;
    }
    this.#failed.delete(room);
    this.#connection.proven();
    room.synced(answer);
  }

  #retry(room: SyncedRoom, error: ChatError): void {
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
