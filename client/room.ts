/**
 * A room that is followed: its events applied in order, and its messages sent in order, one at a
 * time. Nothing is sent before the room has been synced on the connection of now. Then its cursor
 * says where the service has to look for a message that may have got there the last time.
 */
import { asChatError, ChatError } from "./chatError.ts";
import type { Connection } from "./connection.ts";
import type { LogEvent, ServerFrame } from "./frames.ts";
import { limits } from "./limits.ts";
import { Listeners } from "./listeners.ts";
import { Outbox, type OutboxMessage, type Stored } from "./outbox.ts";
import type { Ports } from "./ports.ts";
import { Presence } from "./presence.ts";
import { decideRetry } from "./retries.ts";
import { RoomState } from "./roomState.ts";

/** What a room needs of its client. */
export interface RoomPorts extends Ports {
  connection: Connection;
  /** Who I am, once the service has said so. */
  user: () => string | undefined;
  sync: (room: Room) => void;
  report: (error: ChatError) => void;
}

export class Room {
  readonly name: string;
  readonly #ports: RoomPorts;
  readonly #state: RoomState;
  readonly #outbox = new Outbox();
  readonly #listeners = new Listeners<{ event: LogEvent }>();
  /** @internal */
  readonly presence = new Presence();
  #ended: ChatError | undefined;
  #isLive = false;
  #isSending = false;
  #cancelGap: (() => void) | undefined;

  constructor(name: string, cursor: number, ports: RoomPorts) {
    this.name = name;
    this.#state = new RoomState(cursor);
    this.#ports = ports;
  }

  /** The position up to which all events have been handed out. */
  get cursor(): number {
    return this.#state.cursor;
  }

  /**
   * Be told every event after the cursor, once, in order. Returns how to stop it. Own messages that
   * this client sent come without `name`. To go on later from where this was, keep `event.seq`.
   */
  subscribe(listener: (event: LogEvent) => void): () => void {
    return this.#listeners.add("event", listener);
  }

  /**
   * Send a message, now or when there is a connection again. It is in the log once when this
   * resolves. When it rejects with `gave_up` or `closed`, it may be there all the same.
   * @throws ChatError with the code of the refusal, `gave_up`, `closed` or `outbox_full`
   */
  send(text: string, { cid = this.#ports.newCid() }: { cid?: string } = {}): Promise<Stored> {
    const ended = this.#ended ?? this.#ports.connection.ended;
    if (ended) return Promise.reject(ended);
    // Trimmed as the service trims it: an ack does not repeat the text.
    const { stored } = this.#outbox.add(cid, text.trim());
    if (this.#isLive) void this.#drain();
    else this.#ports.sync(this);
    return stored;
  }

  /** @internal */
  receive(events: readonly LogEvent[]): void {
    for (const { from, seq, n, cid, sentAtMs } of events) {
      if (from !== this.#ports.user()) continue;
      this.#outbox.settle({ room: this.name, seq, n, cid, sentAtMs });
    }
    for (const event of this.#state.receive(events)) {
      // A kind of event that is newer than this client takes its position and says nothing.
      if (event.kind === "message") this.#listeners.tell("event", event);
    }
    this.#watchGap();
  }

  /** @internal */
  acked({ seq, n, cid, sentAtMs }: ServerFrame<"ack">): void {
    const text = this.#outbox.find(cid)?.text;
    const from = this.#ports.user();
    if (text === undefined || from === undefined) return; // its event was seen before its ack
    this.receive([{ seq, n, kind: "message", from, cid, text, sentAtMs }]);
  }

  /** @internal */
  synced({ events, complete }: ServerFrame<"sync">): void {
    this.receive(events);
    if (!complete) {
      this.#ports.sync(this);
      return;
    }
    this.#isLive = true;
    void this.#drain();
  }

  /** @internal */
  failed(error: ChatError): void {
    this.#isLive = false;
    this.#outbox.failAll(error);
    this.#ports.report(error);
  }

  /** The connection has ended; with an error, for good. @internal */
  lost(error?: ChatError): void {
    this.#isLive = false;
    this.#cancelGap?.();
    this.#cancelGap = undefined;
    if (error) this.#outbox.failAll(error);
  }

  /** It is no longer followed, and there is no way back. @internal */
  end(): void {
    const message = `unable to go on; ${this.name} is no longer followed`;
    this.#ended = new ChatError("closed", message);
    this.lost(this.#ended);
  }

  #watchGap(): void {
    if (!this.#state.hasGap) {
      this.#cancelGap?.();
      this.#cancelGap = undefined;
      return;
    }
    this.#cancelGap ??= this.#ports.clock.after(limits.gapMs, () => {
      this.#cancelGap = undefined;
      this.#ports.sync(this);
    });
  }

  async #drain(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (;;) {
      const message = this.#outbox.first;
      if (message === undefined || !this.#isLive) break;
      await this.#post(message);
    }
    this.#isSending = false;
  }

  async #post(message: OutboxMessage): Promise<void> {
    const { cid, text, settled } = message;
    const { connection } = this.#ports;
    const fields = { room: this.name, text, cid, after: this.cursor };
    try {
      // The ack is not the only way to learn that it is stored.
      await Promise.race([connection.exchange("send", fields), settled]);
    } catch (error) {
      await this.#refused(message, asChatError(error));
    }
  }

  async #refused(message: OutboxMessage, error: ChatError): Promise<void> {
    const next = decideRetry(error, message.tries, this.#ports.random);
    if ("error" in next) {
      this.#outbox.fail(message.cid, next.error);
      return;
    }
    message.tries = next.tries;
    if (error.code === "sync_first") {
      this.#isLive = false; // until synced
      this.#ports.sync(this);
    } else if (error.code !== "disconnected") {
      const paused = new Promise<void>((resolve) => this.#ports.clock.after(next.afterMs, resolve));
      await Promise.race([paused, message.settled]);
    }
  }
}
