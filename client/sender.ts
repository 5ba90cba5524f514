/**
 * Sends a room's messages in order, one at a time, while the room is in step with its log: its
 * cursor then says where the service has to look for a message that may have got there the last
 * time.
 */
import { asChatError, type ChatError } from "./chatError.ts";
import type { Connection } from "./connection.ts";
import { Outbox, type OutboxMessage } from "./outbox.ts";
import type { Ports } from "./ports.ts";
import { decideRetry } from "./retries.ts";

/** What sending needs of its room. */
interface SendingRoom {
  readonly name: string;
  readonly cursor: number;
  readonly tag: string | undefined;
  /** Whether it has been synced on the connection of now. */
  readonly isLive: boolean;
  /** Get in step again after `sync_first` or `log_reset`. It is not live until then. */
  fallOut(error: ChatError): void;
}

export class Sender {
  readonly outbox = new Outbox();
  readonly #room: SendingRoom;
  readonly #ports: Ports & { connection: Connection };
  #isSending = false;

  constructor(room: SendingRoom, ports: Ports & { connection: Connection }) {
    this.#room = room;
    this.#ports = ports;
  }

  /** Send what is in the outbox, for as long as the room is live. */
  async drain(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (;;) {
      const message = this.outbox.first;
      if (message === undefined || !this.#room.isLive) break;
      await this.#post(message);
    }
    this.#isSending = false;
  }

  async #post(message: OutboxMessage): Promise<void> {
    const { cid, text, extras, settled } = message;
    const { name: room, cursor: after, tag } = this.#room;
    const fields = { room, text, cid, after, afterTag: tag, ...extras };
    try {
      // The ack is not the only way to learn that it is stored.
      await Promise.race([this.#ports.connection.exchange("send", fields), settled]);
    } catch (error) {
      await this.#refused(message, asChatError(error));
    }
  }

  async #refused(message: OutboxMessage, error: ChatError): Promise<void> {
    const next = decideRetry(error, message.tries, this.#ports.random);
    if ("error" in next) {
      this.outbox.fail(message.cid, next.error);
      return;
    }
    message.tries = next.tries;
    if (error.code === "sync_first" || error.code === "log_reset") {
      this.#room.fallOut(error);
    } else if (error.code !== "disconnected") {
      let cancel = () => {};
      const paused = new Promise<void>((resolve) => {
        cancel = this.#ports.clock.after(next.afterMs, resolve);
      });
      await Promise.race([paused, message.settled]);
      cancel();
    }
  }
}
