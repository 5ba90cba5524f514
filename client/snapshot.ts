import { Audience } from "./listeners.ts";

/** A value that changes only as a whole, and whom to tell. What a view renders from. */
export class Snapshot<T> {
  #value: T;
  readonly #audience = new Audience<void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Listeners hear of another value only. */
  set(value: T): void {
    if (value === this.#value) return;
    this.#value = value;
    this.#audience.tell();
  }

  /** Returns how to take the listener back. An arrow function, so that it can be passed on. */
  subscribe = (call: () => void): (() => void) => this.#audience.add(call);
}
