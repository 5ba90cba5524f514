/**
 * A room that is followed: its events applied in order, and its messages sent in order, one at a
 * time. Nothing is sent before the room has been synced on the connection of now. Then its cursor
 * says where the service has to look for a message that may have got there the last time.
 *
 * When the log went back, the room is started anew at the log's end of now, and says so. Messages
 * that are not known to be stored are sent again: none was stored behind a cursor that this log
 * does not have, since every one of them named the event at its cursor.
 */
import { asChatError, ChatError } from "./chatError.ts";
import type { Connection } from "./connection.ts";
import { type Extras, messageOf } from "./extras.ts";
import type { LogEvent, MessageEvent, ServerFrame, SyncedRoom } from "./frames.ts";
import * as limits from "./limits.ts";
import { Listeners } from "./listeners.ts";
import type { Stored } from "./outbox.ts";
import type { Ports } from "./ports.ts";
import { Presence } from "./presence.ts";
import type { Requests } from "./requests.ts";
import { RoomState } from "./roomState.ts";
import { Sender } from "./sender.ts";

/** What a room needs of its client. */
interface RoomPorts extends Ports {
  connection: Connection;
  /** Who I am, once the service has said so. */
  user: () => string | undefined;
  sync: (room: Room) => void;
  cancelSync: (room: Room) => void;
  request: Requests["request"];
  report: (error: ChatError) => void;
}

/** What was handed out may not be in the log, and something in the log was not handed out. */
export interface Discontinuity {
  /** Why: its code is `log_reset`. */
  reason: ChatError;
  /** The newest page of the log as it is. Events behind these are handed out. */
  events: readonly LogEvent[];
}

/** A position, and the tag of the event there where it is known. */
export interface Position {
  after: number;
  tag?: string | undefined;
}

export class Room {
  readonly name: string;
  readonly #ports: RoomPorts;
  #state: RoomState;
  readonly #sender: Sender;
  readonly #listeners = new Listeners<{
    event: LogEvent;
    discontinuity: Discontinuity;
  }>();
  /** @internal */
  readonly presence = new Presence();
  #ended: ChatError | undefined;
  #isLive = false;
  #isStartingAnew = false;
  /** The cursor at the end of the last connection. */
  #cursorBefore: number;
  #cancelGap: (() => void) | undefined;

  constructor(name: string, { after, tag }: Position, ports: RoomPorts) {
    this.name = name;
    this.#state = new RoomState(after, tag);
    this.#cursorBefore = after;
    this.#ports = ports;
    this.#sender = new Sender(this, ports);
  }

  /** The position up to which all events have been handed out. */
  get cursor(): number {
    return this.#state.cursor;
  }

  /** The tag of the event at the cursor, where it is known. */
  get tag(): string | undefined {
    return this.#state.tag;
  }

  /**
   * Be told every event after the cursor, once, in order. Returns how to stop it. Own messages that
   * this client sent come without `name`. To go on later from where this was, keep `event.seq` and
   * `event.tag`.
   */
  subscribe(listener: (event: MessageEvent) => void): () => void {
    return this.onEvent((event) => void (event.kind === "message" && listener(event)));
  }

  /**
   * The same, with the events that are no messages: what was set of the room, who came and went,
   * and that an earlier event has changed, with the event as it is `now`. Apply that if its `v` is
   * higher than that of the event which you hold.
   */
  onEvent(listener: (event: LogEvent) => void): () => void {
    return this.#listeners.add("event", listener);
  }

  /**
   * Be told when the log went back, to a backup or to nothing: what was handed out before may not
   * be in it, and what it gained meanwhile is not handed out. Returns how to stop it.
   */
  onDiscontinuity(listener: (discontinuity: Discontinuity) => void): () => void {
    return this.#listeners.add("discontinuity", listener);
  }

  /**
   * Send a message, now or when there is a connection again. It is in the log once when this
   * resolves. When it rejects with `gave_up` or `closed`, it may be there all the same.
   * @throws ChatError with the code of the refusal, `gave_up`, `closed` or `outbox_full`
   */
  send(
    text: string,
    { cid = this.#ports.newCid(), ...extras }: Extras & { cid?: string } = {},
  ): Promise<Stored> {
    const ended = this.#ended ?? this.#ports.connection.ended;
    if (ended) return Promise.reject(ended);
    // Trimmed as the service trims it: an ack does not repeat the text.
    const { stored } = this.#sender.outbox.add(cid, text.trim(), extras);
    if (this.#isLive) void this.#sender.drain();
    else if (!this.#isStartingAnew) this.#ports.sync(this);
    return stored;
  }

  /** Whether it has been synced on the connection of now. @internal */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** @internal */
  receive(events: readonly LogEvent[], from?: number): void {
    if (this.#ended) return;
    this.#settle(events);
    if (this.#isStartingAnew) return;
    for (const event of this.#state.receive(events, from)) {
      this.#listeners.tell("event", event);
      if (this.#ended) return; // by a listener
    }
    if (this.#state.isReset) this.#wentBack();
    else this.#watchGap();
  }

  /** @internal */
  acked(ack: ServerFrame<"ack">): void {
    const message = this.#sender.outbox.find(ack.cid);
    const from = this.#ports.user();
    if (message === undefined || from === undefined) return; // its event was seen before its ack
    this.receive([messageOf(ack, from, message.text, message.extras)]);
  }

  /** @internal */
  synced({ events, complete, from }: SyncedRoom): void {
    this.receive(events, from);
    if (this.#isStartingAnew || this.#ended) return;
    if (!complete) {
      this.#ports.sync(this);
      return;
    }
    this.#isLive = true;
    void this.#sender.drain();
  }

  /** @internal */
  failed(error: ChatError): void {
    // Without a tag the service cannot tell a log that went back from a position that never was.
    const isBeyondHead = error.code === "bad_request" && this.tag === undefined;
    if (error.code === "log_reset") void this.#startAnew(error);
    else if (isBeyondHead) this.#wentBack();
    else if (!this.#isStartingAnew) this.#giveUp(error);
  }

  /** A message was refused for where this room is in the log. @internal */
  fallOut(error: ChatError): void {
    this.#isLive = false; // until synced
    if (error.code === "log_reset") void this.#startAnew(error);
    else this.#ports.sync(this);
  }

  /** The connection has ended; with an error, for good. @internal */
  lost(error?: ChatError): void {
    this.#isLive = false;
    this.keepCursor();
    this.#forgetGap();
    if (error) this.#sender.outbox.failAll(error);
  }

  /** A new connection is about to be told where the room's head is. @internal */
  keepCursor(): void {
    this.#cursorBefore = this.cursor;
  }

  /** The service says where the room's head is, on a connection made after that. @internal */
  headIs(seq: number): void {
    if (seq < this.#cursorBefore) this.#wentBack();
  }

  /** It is no longer followed, and there is no way back. @internal */
  end(): void {
    this.#ended = new ChatError("closed", "unable to go on; the room was closed");
    this.lost(this.#ended);
  }

  /** Messages of mine that the log holds. */
  #settle(events: readonly LogEvent[]): void {
    for (const { from, seq, n, cid, sentAtMs } of events) {
      if (from !== this.#ports.user()) continue;
      this.#sender.outbox.settle({ room: this.name, seq, n, cid, sentAtMs });
    }
  }

  #wentBack(): void {
    void this.#startAnew(new ChatError("log_reset", "unable to go on; the log went back"));
  }

  async #startAnew(reason: ChatError): Promise<void> {
    if (this.#isStartingAnew) return;
    this.#isStartingAnew = true;
    this.#isLive = false;
    this.#forgetGap();
    this.#ports.cancelSync(this);
    try {
      const { events } = await this.#ports.request("history", { room: this.name });
      this.#isStartingAnew = false;
      if (this.#ended) return;
      this.#settle(events);
      const newest = events.at(-1);
      this.#state = new RoomState(newest?.seq ?? 0, newest?.tag);
      this.#cursorBefore = this.cursor;
      this.#listeners.tell("discontinuity", { reason, events });
      this.#ports.cancelSync(this); // a new connection syncs all, from where they were
      this.#ports.sync(this);
    } catch (thrown) {
      this.#isStartingAnew = false;
      // With the next connection it is found out again; and a client that has ended has said so.
      const error = asChatError(thrown);
      if (error.code !== "disconnected" && error.code !== "closed") this.#giveUp(error);
    }
  }

  #giveUp(error: ChatError): void {
    this.#isLive = false;
    this.#sender.outbox.failAll(error);
    this.#ports.report(error);
  }

  #forgetGap(): void {
    this.#cancelGap?.();
    this.#cancelGap = undefined;
  }

  #watchGap(): void {
    if (!this.#state.hasGap) {
      this.#forgetGap();
      return;
    }
    this.#cancelGap ??= this.#ports.clock.after(limits.gapMs, () => {
      this.#cancelGap = undefined;
      this.#ports.sync(this);
    });
  }
}
