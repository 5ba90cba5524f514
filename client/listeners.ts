/**
 * Listeners by the name of their event. One that throws harms neither the others nor us: its error
 * surfaces as any uncaught error does.
 */
export class Listeners<Events> {
  readonly #byEvent = new Map<keyof Events, Set<{ call(value: never): void }>>();

  /** Returns how to take it back. */
  add<E extends keyof Events>(event: E, call: (value: Events[E]) => void): () => void {
    const listeners = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, listeners);
    const listener = { call }; // an object of its own, so that a function may be added twice
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  tell<E extends keyof Events>(event: E, value: Events[E]): void {
    for (const listener of [...(this.#byEvent.get(event) ?? [])]) {
      try {
        listener.call(value as never);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
