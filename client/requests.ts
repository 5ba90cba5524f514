/**
 * Requests that wait for a connection where there is none, and are made again where that may help.
 * Any request may be made twice without harm, so an answer that got lost is no reason to give up.
 */
import { asChatError, ChatError } from "./chatError.ts";
import type { Connection } from "./connection.ts";
import type { Action, Fields, Reply } from "./frames.ts";
import { limits } from "./limits.ts";
import type { Ports } from "./ports.ts";
import { decideRetry } from "./retries.ts";

export class Requests {
  readonly #connection: Connection;
  readonly #ports: Ports;
  readonly #waiting = new Set<() => void>();

  constructor(connection: Connection, ports: Ports) {
    this.#connection = connection;
    this.#ports = ports;
  }

  /** @throws ChatError with the code of the refusal, `disconnected`, `closed` or `gave_up` */
  async request<A extends Action>(action: A, fields: Fields<A>): Promise<Reply<A>> {
    for (let attempts = 1; ; attempts += 1) {
      await this.#connected();
      try {
        return await this.#connection.exchange(action, fields);
      } catch (error) {
        const next = decideRetry(asChatError(error), attempts, this.#ports.random);
        if ("error" in next) throw next.error;
        if (this.#connection.status !== "connected") continue; // the wait for it is enough
        await new Promise<void>((resolve) => this.#ports.clock.after(next.afterMs, resolve));
      }
    }
  }

  /** The connection's status has changed. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (error?: ChatError) => {
        cancel();
        this.#waiting.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = () => {
        const { status } = this.#connection;
        if (status === "connected") stop();
        if (status === "closed" || status === "failed") stop(ended());
      };
      const cancel = this.#ports.clock.after(limits.connectedMs, () => {
        const message = `unable to ask; no connection within ${limits.connectedMs} ms`;
        stop(new ChatError("disconnected", message, { retryable: true }));
      });
      this.#waiting.add(look);
      look();
    });
  }
}

function ended(): ChatError {
  return new ChatError("closed", "unable to ask; the client has ended");
}
