/**
 * What a device's WebSockets go over. It can end as lines do: cut without a word, dead while both
 * sides believe that it lives, away for a while. The client of client/ gets its sockets from here
 * and is told of all that only as far as a real one would be.
 */
import { WebSocket } from "ws";
import type { Socket, SocketConstructor } from "../../client/index.ts";
import type { ServerFrame } from "../../lib/protocol/serverFrames.ts";
import type { Request } from "../support/checker/history.ts";
import type { Recorder } from "./recorder.ts";

export interface Line {
  readonly WebSocket: SocketConstructor;
  readonly isOpen: boolean;
  isOnline: boolean;
  /**
   * Cut the device off, without a close frame: while one connection takes the place of another,
   * there are two sockets. Returns whether one was open.
   */
  cut(): boolean;
  /** Read nothing more, and say nothing. Returns whether there was an open one. */
  stopReading(): boolean;
  /** Send one of the last messages again, as it was. Returns whether there was one. */
  sendAgain(index: number): boolean;
  /** End what nobody reads any more. */
  dropDead(): void;
}

interface LineOptions {
  device: string;
  user: string;
  recorder: Recorder;
  /** A frame reached the client. */
  received(frame: ServerFrame): void;
  /** A connection, by its name in the history, is open to this URL. */
  opened?(connection: string, url: string): void;
}

type Listeners = { open: () => void; close: () => void; error: () => void };
type Message = (event: { data: unknown }) => void;

/** Whose connection it is. */
export const deviceOf = (connection: string) => connection.slice(0, connection.lastIndexOf("#"));

/** Messages that may be sent again. */
const keptMessages = 8;

export function createLine({ device, user, recorder, received, opened }: LineOptions): Line {
  const messages: (Request & { action: "send" })[] = [];
  const dead = new Set<WebSocket>();
  const open = new Set<LineSocket>();
  let current: LineSocket | undefined;
  let sockets = 0;
  let repeats = 0;

  class LineSocket implements Socket {
    readonly connection = `${device}#${++sockets}`;
    readonly #listeners: Partial<Listeners> = {};
    #onMessage: Message = () => {};
    readonly #webSocket: WebSocket | undefined;
    isOpen = false;
    #isDead = false;

    constructor(url: string, protocols?: string[]) {
      current = this;
      if (!line.isOnline) {
        setImmediate(() => this.#tell("close"));
        return;
      }
      const webSocket = new WebSocket(url, protocols);
      this.#webSocket = webSocket;
      this.#webSocket.on("open", () => {
        this.isOpen = true;
        open.add(this);
        recorder.opened(this.connection, user);
        opened?.(this.connection, url);
        this.#tell("open");
      });
      this.#webSocket.on("message", (data) => this.#receive(String(data)));
      this.#webSocket.on("error", () => this.#tell("error"));
      this.#webSocket.on("close", () => {
        dead.delete(webSocket);
        this.#end();
        if (!this.#isDead) this.#tell("close");
      });
    }

    addEventListener(type: keyof Listeners | "message", listener: (event: never) => void): void {
      if (type === "message") this.#onMessage = listener as Message;
      else this.#listeners[type] = listener as () => void;
    }

    send(data: string): void {
      const frame = JSON.parse(data) as Request & { id: string };
      recorder.asked(this.connection, `${this.connection}:${frame.id}`, frame);
      if (frame.action === "send") messages.unshift(frame);
      messages.length = Math.min(messages.length, keptMessages);
      if (!this.#isDead) this.#webSocket?.send(data);
    }

    close(): void {
      this.#end();
      if (this.#isDead || this.#webSocket === undefined) return;
      this.#webSocket.close();
      dead.add(this.#webSocket); // in case it does not answer
    }

    cut(): void {
      this.#webSocket?.terminate();
    }

    stopReading(): void {
      this.#isDead = true;
      this.#end();
      if (this.#webSocket === undefined) return;
      this.#webSocket.pause();
      dead.add(this.#webSocket);
    }

    /** From here on nothing is recorded: nothing is promised to it. */
    #end(): void {
      this.isOpen = false;
      open.delete(this);
      recorder.closed(this.connection);
    }

    #receive(text: string): void {
      if (!this.isOpen || text === "") return;
      const frame = JSON.parse(text) as ServerFrame;
      if (!("type" in frame)) recorder.failed(this.connection);
      else {
        const isAnswer = "id" in frame && frame.id !== undefined;
        const named = isAnswer ? { ...frame, id: `${this.connection}:${frame.id}` } : { ...frame };
        recorder.received(this.connection, named as ServerFrame);
        received(frame);
      }
      this.#onMessage({ data: text });
    }

    #tell(event: keyof Listeners): void {
      this.#listeners[event]?.();
    }
  }

  const line: Line = {
    WebSocket: LineSocket,
    isOnline: true,
    get isOpen() {
      return current?.isOpen ?? false;
    },
    cut() {
      const wasOpen = open.size > 0;
      current?.cut(); // also one that is not open yet
      for (const socket of open) socket.cut();
      return wasOpen;
    },
    stopReading() {
      const wasOpen = line.isOpen;
      if (wasOpen) current?.stopReading();
      return wasOpen;
    },
    sendAgain(index) {
      const message = messages[index];
      if (message === undefined || !line.isOpen) return false;
      current?.send(JSON.stringify({ ...message, id: `again-${++repeats}` }));
      return true;
    },
    dropDead() {
      for (const webSocket of dead) webSocket.terminate();
      dead.clear();
    },
  };
  return line;
}
