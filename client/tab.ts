/**
 * One chat among those that share a connection, for as long as it has sockets. It holds a lock of
 * its own: when that is free, the leader knows that the chat has ended. And it waits for the lock
 * of the leader.
 *
 * A browser gives up the locks of a tab that ends. A tab that stands still keeps its locks: when it
 * gives no sign of life, another tab takes the leader's lock.
 */
import * as limits from "./limits.ts";
import { Listeners } from "./listeners.ts";
import type { Socket, SocketConstructor } from "./socket.ts";
import { Switchboard } from "./switchboard.ts";
import type { TabMessage, ToLeader } from "./tabMessages.ts";
import type { Channel, Locks, TabPorts } from "./tabPorts.ts";

/** What a tab needs; all of it is there. */
interface SharingPorts extends TabPorts {
  WebSocket: SocketConstructor;
  locks: Locks;
  BroadcastChannel: new (name: string) => Channel;
  /** It has no more sockets, and is of no more use. */
  left(): void;
}

interface SocketEvents {
  open: { data: unknown };
  close: { data: unknown };
  error: { data: unknown };
  message: { data: unknown };
}

interface SharedSocket extends Socket {
  readonly key: string;
  readonly url: string;
  readonly protocols: string[] | undefined;
  readonly listeners: Listeners<SocketEvents>;
  /** The tab that was asked to open it. */
  leader?: string;
  isOpen: boolean;
}

export class Tab {
  readonly #group: string;
  readonly #ports: SharingPorts;
  readonly #id: string;
  readonly #channel: Channel;
  readonly #sockets = new Map<string, SharedSocket>();
  #keys = 0;
  #leader: string | undefined;
  /** Where this tab leads. */
  #board: Switchboard | undefined;
  readonly #queued = new AbortController();
  #cancelAsk: (() => void) | undefined;
  #cancelWatch = () => {};
  #stopFreeze = () => {};
  #hasLeft = false;
  #leave = () => {};

  constructor(group: string, ports: SharingPorts) {
    this.#group = group;
    this.#ports = ports;
    this.#id = ports.newId();
    this.#channel = new ports.BroadcastChannel(group);
    this.#channel.onmessage = ({ data }) => this.#received(data);
    const untilLeft = new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
    const begin = () => {
      if (!this.#hasLeft) this.#begin();
      return untilLeft;
    };
    // Some pages have locks and may not use them: such a page is alone.
    ports.locks.request(`${group} ${this.#id}`, {}, begin).catch(() => this.#lead());
  }

  open(url: string, protocols: string[] | undefined): Socket {
    this.#keys += 1;
    const listeners = new Listeners<SocketEvents>();
    const socket: SharedSocket = {
      ...{ key: `${this.#id}.${this.#keys}`, url, protocols, listeners, isOpen: false },
      addEventListener: (type: keyof SocketEvents, listener: (event: { data: unknown }) => void) =>
        void listeners.add(type, listener),
      send: (data) => this.#tellLeader(socket, { is: "frame", data }),
      close: () => {
        if (this.#sockets.has(socket.key)) this.#tellLeader(socket, { is: "close" });
        this.#drop(socket);
      },
    };
    this.#sockets.set(socket.key, socket);
    // Its owner listens only after this call.
    queueMicrotask(() => {
      if (this.#sockets.has(socket.key)) this.#offer(socket);
    });
    return socket;
  }

  #begin(): void {
    this.#stopFreeze = this.#ports.onFreeze(() => this.#resign());
    void this.#queue({ signal: this.#queued.signal });
    this.#ask();
    this.#watch();
  }

  /** Lead as soon as the lock is there, until it is given up or taken away. */
  async #queue(options: { steal?: boolean; signal?: AbortSignal }): Promise<void> {
    let board: Switchboard | undefined;
    try {
      await this.#ports.locks.request(this.#group, options, () => {
        board = this.#hasLeft ? undefined : this.#lead();
        return board?.ended;
      });
    } catch {
      // It was taken away, or is not waited for any more.
    }
    if (board === undefined) return;
    board.end();
    if (this.#board === board) this.#board = undefined;
    // Who took it away from another one waits in the queue still.
    if (!this.#hasLeft && !options.steal) void this.#queue(options);
  }

  #lead(): Switchboard {
    const board = new Switchboard({
      ...this.#ports,
      tell: (told) => this.#post({ ...told, from: this.#id }),
      untilGone: (tab, signal) =>
        this.#ports.locks.request(`${this.#group} ${tab}`, { mode: "shared", signal }, () => {}),
    });
    this.#board = board;
    this.#sayHere(board);
    return board;
  }

  /** This page is about to stand still: let another tab lead. */
  #resign(): void {
    if (this.#board) for (const socket of [...this.#sockets.values()]) this.#drop(socket);
  }

  /** Ask whether somebody leads; when nobody says so, do it. */
  #ask(): void {
    if (this.#board || this.#cancelAsk) return;
    this.#cancelAsk = this.#ports.clock.after(limits.leaderMs, () => {
      this.#cancelAsk = undefined;
      void this.#queue({ steal: true });
    });
    this.#post({ is: "who" });
  }

  #watch(): void {
    this.#cancelWatch = this.#ports.clock.after(limits.leaderEveryMs, () => {
      this.#ask();
      this.#watch();
    });
  }

  /** Have it opened by the tab that leads; when none is known, by the first that says so. */
  #offer(socket: SharedSocket): void {
    if (this.#leader === undefined) return;
    socket.leader = this.#leader;
    const { url, protocols } = socket;
    this.#tellLeader(socket, { is: "open", url, protocols });
  }

  #tellLeader(
    { key, leader }: SharedSocket,
    what:
      | { is: "open"; url: string; protocols: string[] | undefined }
      | { is: "frame"; data: string }
      | { is: "close" },
  ): void {
    if (leader === undefined) return;
    this.#post({ to: leader, tab: this.#id, key, ...what });
    this.#ask(); // a leader that stands still would not answer
  }

  #post(message: TabMessage): void {
    if (this.#hasLeft) return;
    const isMine = "to" in message && message.to === this.#id;
    const areMine = "keys" in message && message.keys.every((key) => this.#sockets.has(key));
    if (!isMine && !areMine) this.#channel.postMessage(message);
    if (!("to" in message) || isMine) this.#received(message);
  }

  #received(message: TabMessage): void {
    if (this.#hasLeft) return;
    if ("to" in message) this.#asked(message);
    else if (message.is === "here") this.#heard(message);
    else if (message.is === "who") {
      if (this.#board) this.#sayHere(this.#board);
    } else {
      for (const key of message.keys) {
        const socket = this.#sockets.get(key);
        if (socket?.leader !== message.from) continue;
        if (message.is === "closed") this.#drop(socket);
        else if (message.is === "frame") socket.listeners.tell("message", { data: message.data });
        else {
          socket.isOpen = true;
          socket.listeners.tell("open", { data: undefined });
        }
      }
    }
  }

  #asked(message: ToLeader): void {
    if (message.to === this.#id) this.#board?.receive(message);
  }

  #sayHere({ sinceMs }: Switchboard): void {
    this.#post({ is: "here", from: this.#id, sinceMs });
  }

  /** A tab says that it leads. What another one had opened has ended with that. */
  #heard({ from: leader, sinceMs }: Extract<TabMessage, { is: "here" }>): void {
    if (this.#board && leader !== this.#id) {
      // One of the two stood still. Its lock was taken away, and it may learn of that only later.
      if (sinceMs < this.#board.sinceMs) {
        this.#sayHere(this.#board);
        return;
      }
      this.#board.end();
      this.#board = undefined;
    }
    this.#cancelAsk?.();
    this.#cancelAsk = undefined;
    this.#leader = leader;
    for (const socket of [...this.#sockets.values()]) {
      if (socket.leader === leader) continue;
      if (socket.isOpen) this.#drop(socket);
      else this.#offer(socket);
    }
  }

  #drop(socket: SharedSocket): void {
    if (!this.#sockets.delete(socket.key)) return;
    socket.listeners.tell("close", { data: undefined });
    if (this.#sockets.size === 0) this.#end();
  }

  #end(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#cancelAsk?.();
    this.#cancelWatch();
    this.#stopFreeze();
    this.#queued.abort();
    this.#board?.end();
    this.#leave();
    this.#channel.close();
    this.#ports.left();
  }
}
