/** Who is told of one thing. A listener that throws harms neither the others nor us: its error
 * surfaces as any uncaught error does. */
export class Audience<T> {
  readonly #listeners = new Set<{ call(value: T): void }>();

  /** Returns how to take it back. */
  add(call: (value: T) => void): () => void {
    const listener = { call }; // an object of its own, so that a function may be added twice
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  tell(value: T): void {
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.has(listener)) continue; // taken back by one before it
      try {
        listener.call(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** Listeners by the name of their event. */
export class Listeners<Events> {
  readonly #byEvent = new Map<keyof Events, Audience<never>>();

  /** Returns how to take it back. */
  add<E extends keyof Events>(event: E, call: (value: Events[E]) => void): () => void {
    const audience = this.#byEvent.get(event) ?? new Audience();
    this.#byEvent.set(event, audience);
    return audience.add(call);
  }

  tell<E extends keyof Events>(event: E, value: Events[E]): void {
    this.#byEvent.get(event)?.tell(value as never);
  }
}
