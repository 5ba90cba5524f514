/**
 * Requests that wait for a connection where there is none, and are made again where that may help.
 * Any request may be made twice without harm, so an answer that got lost is no reason to give up.
 */
import { asChatError, disconnected, timedOut } from "./chatError.ts";
import type { Connection } from "./connection.ts";
import type { Action, Fields, Reply } from "./frames.ts";
import * as limits from "./limits.ts";
import type { Ports } from "./ports.ts";
import { decideRetry, noTries } from "./retries.ts";

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
    for (let tries = noTries; ; ) {
      await this.#connected();
      try {
        return await this.#connection.exchange(action, fields);
      } catch (error) {
        const next = decideRetry(asChatError(error), tries, this.#ports.random);
        if ("error" in next) throw next.error;
        tries = next.tries;
        if (this.#connection.status !== "live") continue; // the wait for it is enough
        await this.#until(() => this.#connection.ended !== undefined, next.afterMs);
      }
    }
  }

  /** The connection's status has changed. */
  changed(): void {
    for (const look of [...this.#waiting]) look();
  }

  async #connected(): Promise<void> {
    const connection = this.#connection;
    const isDecided = () => connection.status === "live" || connection.ended !== undefined;
    const isInTime = await this.#until(isDecided, limits.connectedMs);
    if (connection.ended) throw connection.ended;
    if (isInTime) return;
    throw disconnected(timedOut("connect", limits.connectedMs));
  }

  /** Wait for the connection's status to be so, or for so long. Returns whether it is so. */
  #until(isSo: () => boolean, withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const look = () => {
        if (isSo()) stop(true);
      };
      const stop = (isInTime: boolean) => {
        cancel();
        this.#waiting.delete(look);
        resolve(isInTime);
      };
      const cancel = this.#ports.clock.after(withinMs, () => stop(false));
      this.#waiting.add(look);
      look();
    });
  }
}
