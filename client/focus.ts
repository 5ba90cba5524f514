/**
 * The rooms that the program shows. The service forgets them with the connection, so they are said
 * again on every one. One request at a time: two of them might be handled in either order.
 */
import { asChatError, type ChatError } from "./chatError.ts";
import type { ServerFrame } from "./frames.ts";
import type { Listeners } from "./listeners.ts";
import type { Requests } from "./requests.ts";

/** What the program is told of. */
type Told = Pick<
  Listeners<{ focused: ServerFrame<"focused">; problem: { error: ChatError } }>,
  "tell"
>;

export class Focus {
  readonly #requests: Requests;
  readonly #listeners: Told;
  #rooms: string[] = [];
  #isDue = false;
  #isBusy = false;

  constructor(requests: Requests, listeners: Told) {
    this.#requests = requests;
    this.#listeners = listeners;
  }

  /** There is a new connection, which looks at nothing yet. A request under way is made on it. */
  connected(): void {
    if (this.#rooms.length > 0 && !this.#isBusy) void this.set(this.#rooms);
  }

  /** Never rejects. */
  async set(rooms: readonly string[]): Promise<void> {
    this.#rooms = [...rooms];
    this.#isDue = true;
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#isDue) {
      this.#isDue = false;
      try {
        const focused = await this.#requests.request("focus", { rooms: this.#rooms });
        if (!this.#isDue) this.#listeners.tell("focused", focused); // else it is out of date
      } catch (thrown) {
        const error = asChatError(thrown);
        // With the next connection it is said again; and a client that has ended has said so.
        if (error.code !== "disconnected" && error.code !== "closed") {
          this.#listeners.tell("problem", { error });
        }
      }
    }
    this.#isBusy = false;
  }
}
