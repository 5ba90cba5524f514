/**
 * The requests of one connection that wait for an answer. They do not survive the connection, and
 * each of them is told of its answer, or of its end, exactly once.
 */
import { type ChatError, retryable, timedOut } from "./chatError.ts";
import type { ServerFrame } from "./frames.ts";
import type { Clock } from "./ports.ts";

export interface Expectation {
  answer(frame: ServerFrame): void;
  fail(error: ChatError): void;
}

export class Expectations {
  readonly #clock: Clock;
  readonly #byId = new Map<string, Expectation & { cancel(): void }>();
  #requests = 0;
  #allSettled = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Expect an answer within so long; `late` is called first when there is none. Returns the id. */
  add(
    expectation: Expectation,
    { action, withinMs, late }: { action: string; withinMs: number; late(error: ChatError): void },
  ): string {
    this.#requests += 1;
    const id = String(this.#requests);
    const cancel = this.#clock.after(withinMs, () => {
      this.#byId.delete(id);
      const error = timedOut(action, withinMs);
      late(error);
      expectation.fail(error);
      this.#settled();
    });
    this.#byId.set(id, { ...expectation, cancel });
    return id;
  }

  /** Resolves when none is left. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#allSettled = resolve;
      this.#settled();
    });
  }

  receive(frame: ServerFrame): void {
    const { id = "" } = frame as { id?: string };
    const expectation = this.#byId.get(id);
    if (!expectation) return;
    expectation.cancel();
    this.#byId.delete(id);
    expectation.answer(frame);
    this.#settled();
  }

  /**
   * A failure that the gateway reports does not say which request it is about. When there is but
   * one, we know; else time tells.
   */
  receiveFromGateway(): void {
    if (this.#byId.size !== 1) return;
    this.failAll(retryable("internal", "unable to answer; the gateway failed"));
  }

  failAll(error: ChatError): void {
    for (const [id, expectation] of [...this.#byId]) {
      this.#byId.delete(id);
      expectation.cancel();
      expectation.fail(error);
    }
    this.#settled();
  }

  #settled(): void {
    if (this.#byId.size === 0) this.#allSettled();
  }
}
