/**
 * Presence pushes of a room, of which some have overtaken others: of one user the newest `atMs`
 * wins. That of somebody who left is kept for the same reason.
 */
import type { ServerFrame } from "./frames.ts";
import * as limits from "./limits.ts";

export class Presence {
  /** By user, the one heard of last at the end. */
  readonly #newestAtMs = new Map<string, number>();

  /** Take in a push. Returns whether it still holds: no newer one of this user has come. */
  receive({ user, atMs }: ServerFrame<"presence">): boolean {
    if (atMs < (this.#newestAtMs.get(user) ?? 0)) return false;
    this.#newestAtMs.delete(user);
    this.#newestAtMs.set(user, atMs);
    const [oldest] = this.#newestAtMs.keys();
    if (this.#newestAtMs.size > limits.presenceUsers) this.#newestAtMs.delete(oldest ?? user);
    return true;
  }
}
