/** A value that changes only as a whole, and whom to tell. What a view renders from. */
export class Snapshot<T> {
  #value: T;
  readonly #listeners = new Set<{ call(): void }>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  /** Listeners hear of another value only. One that throws harms nobody else. */
  set(value: T): void {
    if (value === this.#value) return;
    this.#value = value;
    for (const { call } of [...this.#listeners]) {
      try {
        call();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Returns how to take the listener back. An arrow function, so that it can be passed on. */
  subscribe = (call: () => void): (() => void) => {
    const listener = { call }; // an object of its own, so that a function may be added twice
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
}
