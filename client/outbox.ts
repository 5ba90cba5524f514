/**
 * A room's messages that the log is not known to hold yet, in the order in which they were sent. A
 * message is out as soon as its event is seen, by push or by sync; so no message in here has an
 * event up to the room's cursor, and the cursor is a valid `after`.
 */
import { ChatError } from "./chatError.ts";
import type { Extras } from "./extras.ts";
import * as limits from "./limits.ts";
import { noTries, type Tries } from "./retries.ts";

/** Where a message is in the log. */
export interface Stored {
  room: string;
  seq: number;
  n: number;
  cid: string;
  sentAtMs: number;
}

export interface OutboxMessage {
  readonly cid: string;
  readonly text: string;
  readonly extras: Extras;
  tries: Tries;
  /** For its sender. */
  readonly stored: Promise<Stored>;
  /** Resolves when it is out of the outbox, one way or the other. */
  readonly settled: Promise<void>;
  resolve(stored: Stored): void;
  reject(error: ChatError): void;
}

export class Outbox {
  /** By `cid`; a map keeps the order. */
  readonly #messages = new Map<string, OutboxMessage>();

  get first(): OutboxMessage | undefined {
    return this.#messages.values().next().value;
  }

  find(cid: string): OutboxMessage | undefined {
    return this.#messages.get(cid);
  }

  /** Put a message last. One whose `cid` is in here already stays where it is. */
  add(cid: string, text: string, extras: Extras = {}): OutboxMessage {
    const known = this.#messages.get(cid);
    if (known) return known;
    const message = newMessage(cid, text, extras);
    if (this.#messages.size < limits.outboxMessages) {
      this.#messages.set(cid, message);
    } else {
      message.reject(new ChatError("outbox_full", "unable to send; too much is on its way"));
    }
    return message;
  }

  /** The log holds it. */
  settle(stored: Stored): void {
    this.#take(stored.cid)?.resolve(stored);
  }

  fail(cid: string, error: ChatError): void {
    this.#take(cid)?.reject(error);
  }

  failAll(error: ChatError): void {
    for (const cid of [...this.#messages.keys()]) this.fail(cid, error);
  }

  #take(cid: string): OutboxMessage | undefined {
    const message = this.#messages.get(cid);
    this.#messages.delete(cid);
    return message;
  }
}

function newMessage(cid: string, text: string, extras: Extras): OutboxMessage {
  let [resolve, reject]: [OutboxMessage["resolve"], OutboxMessage["reject"]] = [() => {}, () => {}];
  const stored = new Promise<Stored>((resolves, rejects) => {
    [resolve, reject] = [resolves, rejects];
  });
  const nothing = () => {};
  return {
    ...{ cid, text, extras, stored, resolve, reject },
    tries: noTries,
    settled: stored.then(nothing, nothing),
  };
}
