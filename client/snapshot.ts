import { Audience } from "./listeners.ts";

/** A value that changes only as a whole, and whom to tell. What a view renders from. */
export class Snapshot<T extends object> {
  #value: T;
  readonly #audience = new Audience<void>();

  constructor(value: T) {
    this.#value = frozen(value);
  }

  get value(): T {
    return this.#value;
  }

  /** Listeners hear of another value only. */
  set(value: T): void {
    if (value === this.#value) return;
    this.#value = frozen(value);
    this.#audience.tell();
  }

  /** Returns how to take the listener back. An arrow function, so that it can be passed on. */
  subscribe = (call: () => void): (() => void) => this.#audience.add(call);
}

/** With its lists: a program that sorts one in place would change what comes after it. */
function frozen<T extends object>(value: T): T {
  Object.values(value).forEach(Object.freeze);
  return Object.freeze(value);
}
