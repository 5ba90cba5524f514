/**
 * What the leading tab does for all of them: each of their sockets is put on the newest connection,
 * which is opened by the first that asks. A chat that asks while it is on that connection already
 * wants another one, because its token expires, or its gateway is being emptied. As soon as that is
 * open, all others are told to move there: so there is one connection, and two while they move.
 */
import { Line } from "./line.ts";
import type { Clock } from "./ports.ts";
import type { SocketConstructor } from "./socket.ts";
import type { ToLeader, Told } from "./tabMessages.ts";

interface SwitchboardPorts {
  readonly WebSocket: SocketConstructor;
  readonly clock: Clock;
  tell(told: Told): void;
  /** Settles when a tab has ended. */
  untilGone(tab: string, signal: AbortSignal): Promise<unknown>;
}

export class Switchboard {
  readonly #ports: SwitchboardPorts;
  /** Oldest first. */
  #lines: Line[] = [];
  /** Tabs whose end is watched. */
  readonly #tabs = new Set<string>();
  readonly #ending = new AbortController();
  readonly sinceMs: number;
  /** Resolves when this tab leads no more. */
  readonly ended: Promise<void>;

  constructor(ports: SwitchboardPorts) {
    this.#ports = ports;
    this.sinceMs = ports.clock.nowMs();
    this.ended = new Promise((resolve) => {
      this.#ending.signal.addEventListener("abort", () => resolve());
    });
  }

  receive(message: ToLeader): void {
    const { key, tab } = message;
    if (message.is === "open") {
      this.#watch(tab);
      this.#lineFor(tab, message).join(key, tab);
      return;
    }
    const line = this.#lines.find((one) => one.has(key));
    if (message.is === "frame") line?.send(key, message.data);
    else line?.leave(key);
  }

  /** Lead no more. The tabs learn from the next leader what has ended by that. */
  end(): void {
    this.#ending.abort();
    for (const line of this.#lines.splice(0)) line.close();
  }

  #lineFor(tab: string, { url, protocols }: { url: string; protocols: string[] | undefined }) {
    const newest = this.#lines.at(-1);
    if (newest && !newest.isLeft && !newest.hasTab(tab)) return newest;
    const line: Line = new Line(new this.#ports.WebSocket(url, protocols), {
      clock: this.#ports.clock,
      tell: this.#ports.tell,
      opened: () => {
        for (const older of this.#lines.slice(0, this.#lines.indexOf(line))) older.moveOn();
      },
      ended: (keys) => {
        this.#lines = this.#lines.filter((one) => one !== line);
        if (keys.length > 0) this.#ports.tell({ is: "closed", keys });
      },
    });
    this.#lines.push(line);
    return line;
  }

  #watch(tab: string): void {
    if (this.#tabs.has(tab)) return;
    this.#tabs.add(tab);
    const forget = () => {
      this.#tabs.delete(tab);
      for (const line of [...this.#lines]) line.forget(tab);
    };
    this.#ports.untilGone(tab, this.#ending.signal).then(forget, () => {});
  }
}
