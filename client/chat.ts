/**
 * The client as a program sees it: snapshots to render, rooms to talk in, and one connection under
 * all of them. What comes over that connection is put in order by `ChatClient`; here it becomes
 * state, and is only ever changed by the reducers.
 */
import { orAborted, type Waiting } from "./abort.ts";
import { askGateway } from "./askGateway.ts";
import { ChatClient } from "./chatClient.ts";
import { type ChatError, clientEnded } from "./chatError.ts";
import { ChatRoom } from "./chatRoom.ts";
import type { LogEvent, ServerFrame } from "./frames.ts";
import { limits } from "./limits.ts";
import { assertRoomName, directRoom } from "./names.ts";
import { type Ports, systemPorts } from "./ports.ts";
import { type RoomListChange, type RoomSummary, roomList } from "./roomList.ts";
import { Snapshot } from "./snapshot.ts";
import type { Address } from "./socket.ts";
import type { Status, StatusChange } from "./status.ts";

export interface ConnectionSnapshot {
  /** `live` once the service has said who I am; `offline` while waiting for the next try. */
  readonly state: "idle" | "connecting" | "live" | "offline" | "closed" | "failed";
  /** Why, where it is not what was asked for. */
  readonly reason?: ChatError | undefined;
  /** With `offline`: when the next try begins; milliseconds since 1970. */
  readonly retryAtMs?: number | undefined;
  /** Who I am, once the service has said so. */
  readonly user?: string | undefined;
}

export interface ChatSnapshot {
  readonly connection: ConnectionSnapshot;
  /** My rooms, in order of their names. */
  readonly rooms: readonly RoomSummary[];
  /** Of all of them. */
  readonly unread: number;
}

export interface ChatEvents {
  /** A server of the operator's has something to tell me. */
  notice: ServerFrame<"notice">;
  /** An error that no promise reports, such as a room that cannot be synced. */
  problem: { error: ChatError; room?: string };
}

/** Where to connect: `url`, or the service's HTTP APIs, of which one is asked for a gateway. */
export type ChatOptions = Omit<Address, "url"> &
  Partial<Ports> &
  ({ url: Address["url"] } | { gateways: string | readonly string[] });

export function createChat(options: ChatOptions): Chat {
  return new Chat(options);
}

const states: Record<Status, ConnectionSnapshot["state"]> = {
  initialized: "idle",
  connecting: "connecting",
  connected: "live",
  disconnected: "offline",
  closed: "closed",
  failed: "failed",
};

export class Chat {
  readonly #ports: Ports;
  readonly #client: ChatClient;
  readonly #rooms = new Map<string, ChatRoom>();
  readonly #snapshot = new Snapshot<ChatSnapshot>({
    ...{ connection: { state: "idle" }, rooms: [], unread: 0 },
  });
  /** The pages of `welcome` so far. */
  #pages: ServerFrame<"welcome">["rooms"] = [];
  /** Rooms that the program shows, the newest last. */
  readonly #shown: ChatRoom[] = [];

  /** @internal */
  constructor(options: ChatOptions) {
    this.#ports = { ...systemPorts, ...options };
    const url = "url" in options ? options.url : askGateway(options.gateways, this.#ports);
    this.#client = new ChatClient({ ...options, url });
    this.#listen();
  }

  /** What there is to show. Another object whenever something in it changed, and only then. */
  get snapshot(): ChatSnapshot {
    return this.#snapshot.value;
  }

  /** Be told that `snapshot` is another one. Returns how to stop it. */
  subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener);

  /**
   * Connect, and stay so until closed. While waiting for the next try: make it now. Resolves when
   * the chat is live, however long that takes.
   * @throws ChatError `closed`, or with the reason of the signal
   */
  connect({ signal }: Waiting = {}): Promise<void> {
    this.#client.connect();
    return this.live({ signal });
  }

  /** Resolves when the chat is live. @throws ChatError `closed` when it is closed, or has failed */
  live({ signal }: Waiting = {}): Promise<void> {
    let stop = () => {};
    const live = new Promise<void>((resolve, reject) => {
      const look = () => {
        const { state, reason } = this.snapshot.connection;
        if (state === "live") resolve();
        if (state === "closed" || state === "failed") reject(clientEnded(reason));
      };
      stop = this.subscribe(look);
      look();
    }).finally(() => stop());
    const waiting = orAborted(live, signal).finally(() => stop());
    waiting.catch(() => {}); // the snapshot says the same to who does not wait
    return waiting;
  }

  /** End it. What waits for an answer or to be sent is rejected with `closed`. */
  close(): void {
    this.#client.close();
  }

  /** A room, the same object each time. @throws TypeError when there can be no such room */
  room(name: string): ChatRoom {
    const known = this.#rooms.get(name);
    if (known) return known;
    assertRoomName(name);
    const room = new ChatRoom(name, {
      ...{ client: this.#client, ports: this.#ports },
      live: () => this.live(),
      summary: (of) => this.snapshot.rooms.find((one) => one.room === of),
      changed: (change) => this.#changed(change),
      show: (shown, isShown) => this.#show(shown, isShown),
    });
    this.#rooms.set(name, room);
    return room;
  }

  /** My direct room with another user, once it is known who I am. @throws ChatError `closed` */
  async to(user: string, { signal }: Waiting = {}): Promise<ChatRoom> {
    if (this.#client.user === undefined) await this.live({ signal });
    return this.room(directRoom(`${this.#client.user}`, user));
  }

  /** Be told of something that no snapshot holds. Returns how to stop it. */
  on<E extends keyof ChatEvents>(event: E, listener: (value: ChatEvents[E]) => void): () => void {
    return this.#client.on(event, listener as never);
  }

  #listen(): void {
    const client = this.#client;
    client.on("status", (change) => this.#became(change));
    client.on("welcome", (frame) => {
      this.#pages.push(...frame.rooms);
      if (frame.more) return;
      this.#changed({ type: "all", rooms: this.#pages });
      this.#pages = [];
    });
    client.on("joined", (frame) => this.#changed(frame));
    client.on("left", (frame) => {
      this.#changed(frame);
      this.#rooms.get(frame.room)?.close();
    });
    client.on("read", (frame) => {
      if (frame.user === client.user) this.#changed(frame);
      else this.#rooms.get(frame.room)?.change(frame);
    });
    client.on("typing", (frame) => this.#rooms.get(frame.room)?.change(frame));
    client.on("presence", (frame) => this.#rooms.get(frame.room)?.change(frame));
    client.on("focused", ({ rooms }) => {
      for (const one of rooms) if (!("error" in one)) this.#rooms.get(one.room)?.looked(one);
    });
    client.on("problem", ({ room, error }) => {
      if (room) this.#rooms.get(room)?.change({ type: "state", state: "failed", error });
    });
    client.on("room", ({ room, events }) => this.#heard(room, events));
  }

  /** Something was said in a room that is not open. */
  #heard(room: string, events: readonly LogEvent[]): void {
    const isKnown = this.snapshot.rooms.some((one) => one.room === room);
    if (!isKnown && !room.startsWith("dm:")) return; // left while a message was on its way
    for (const event of events) {
      this.#changed({ type: "event", room, event, isMine: event.from === this.#client.user });
    }
  }

  #became({ status, reason, retryInMs }: StatusChange): void {
    const state = states[status];
    const retryAtMs = retryInMs === undefined ? undefined : this.#ports.clock.nowMs() + retryInMs;
    this.#pages = [];
    if (state !== "live") for (const room of this.#rooms.values()) room.change({ type: "lost" });
    const connection = { state, reason, retryAtMs, user: this.#client.user };
    this.#snapshot.set({ ...this.snapshot, connection });
  }

  #changed(change: RoomListChange): void {
    const rooms = roomList(this.snapshot.rooms, change);
    if (rooms === this.snapshot.rooms) return;
    const unread = rooms.reduce((sum, one) => sum + one.unread, 0);
    this.#snapshot.set({ ...this.snapshot, rooms, unread });
  }

  /** The service tells hints of so many rooms; those that came last are looked at. */
  #show(room: ChatRoom, isShown: boolean): void {
    if (isShown) this.#shown.push(room);
    else this.#shown.splice(this.#shown.indexOf(room), 1);
    const names = new Set(this.#shown.map(({ name }) => name));
    this.#client.focus([...names].slice(-limits.focusRooms));
  }
}
