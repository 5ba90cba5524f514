/**
 * The client as a program sees it: snapshots to render, rooms to talk in, and one connection under
 * all of them. What comes over that connection is put in order by `ChatClient`; here it becomes
 * state, and is only ever changed by the reducers.
 */
import { orAborted, type Waiting } from "./abort.ts";
import { ChatClient, type Requestable } from "./chatClient.ts";
import { type ChatError, clientEnded } from "./chatError.ts";
import { ChatRoom } from "./chatRoom.ts";
import type { ChatSnapshot } from "./chatSnapshot.ts";
import type { Fields, LogEvent, Reply, ServerFrame } from "./frames.ts";
import * as limits from "./limits.ts";
import { assertRoomName, directRoom } from "./names.ts";
import { type Ports, systemPorts } from "./ports.ts";
import { type RoomListChange, roomList } from "./roomList.ts";
import { Snapshot } from "./snapshot.ts";
import type { Address } from "./socket.ts";
import type { StatusChange } from "./status.ts";
import type { Store } from "./store.ts";
import { withFields } from "./withFields.ts";

/** What `chat.on` tells of, by the name of the event. */
export interface ChatEvents {
  /** A server of the operator's has something to tell me. */
  notice: ServerFrame<"notice">;
  /** An error that no promise reports, such as a room that cannot be synced. */
  problem: { error: ChatError; room?: string };
}

/** The address of the service, the token of a user, and what a program may replace. */
export type ChatOptions = Address &
  Partial<Ports> & {
    /** Where things survive a reload, for one user. Without it nothing does. */
    store?: Store | undefined;
  };

/** Make a chat. It is idle until `connect()`. */
export function createChat(options: ChatOptions): Chat {
  return new Chat(options);
}

/** One user's chat: a connection, and the rooms that are talked in over it. */
export class Chat {
  readonly #ports: Ports;
  readonly #client: ChatClient;
  readonly #store: Store | undefined;
  readonly #rooms = new Map<string, ChatRoom>();
  readonly #snapshot = new Snapshot<ChatSnapshot>({
    ...{ connection: { state: "idle" }, rooms: [], unread: 0, invitations: [] },
  });
  /** The pages of `welcome` so far. */
  #pages: Pick<ServerFrame<"welcome">, "rooms" | "invitations">[] = [];
  /** Rooms that the program shows, the newest last. */
  readonly #shown: { readonly name: string }[] = [];
  readonly #drafts = new Map<string, string>();
  #isRestored = true;
  /** Whether to connect as soon as it is restored. */
  #connects = false;

  /** Resolves when the snapshots have what the store kept. Wait for it to paint that first. */
  readonly restored: Promise<void>;

  /** @internal */
  constructor(options: ChatOptions) {
    this.#ports = { ...systemPorts, ...options };
    this.#client = new ChatClient(options);
    this.#listen();
    this.#store = options.store;
    this.restored = this.#restore();
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
    this.#connects = true;
    if (this.#isRestored) this.#client.connect();
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
    });
    const waiting = orAborted(live, signal).finally(stop);
    waiting.catch(() => {}); // the snapshot says the same to who does not wait
    return waiting;
  }

  /** End it. What waits for an answer or to be sent is rejected with `closed`. */
  close(): void {
    this.#connects = false;
    this.#client.close();
  }

  /** Close it, and have the store forget everything: for signing out. */
  async forget(): Promise<void> {
    this.close();
    await this.#store?.clear();
  }

  /** A room, the same object each time. @throws TypeError when there can be no such room */
  room(name: string): ChatRoom {
    const known = this.#rooms.get(name);
    if (known) return known;
    assertRoomName(name);
    const room = new ChatRoom(name, {
      ...{ client: this.#client, ports: this.#ports, store: this.#store, drafts: this.#drafts },
      restoring: () => (this.#isRestored ? undefined : this.restored),
      live: () => this.live(),
      ask: (action, fields, waiting) => this.ask(action, fields, waiting),
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

  /** Make a request, and show what its answer says of my rooms. @internal */
  ask<A extends Requestable>(
    action: A,
    fields: Fields<A>,
    { signal }: Waiting = {},
  ): Promise<Reply<A>> {
    const answered = this.#client.request(action, fields).then((reply) => {
      this.#told(reply);
      return reply;
    });
    return orAborted(answered, signal);
  }

  /** Show what an earlier run of the program left, and go on with it. */
  async #restore(): Promise<void> {
    if (!this.#store) return;
    this.#isRestored = false;
    const kept = await this.#store.load((error) => this.#client.report(error));
    const { user, rooms, outbox } = kept;
    for (const [room, text] of kept.drafts) this.#drafts.set(room, text);
    if (user !== undefined) {
      this.#client.serve(user);
      this.#become({ connection: { ...this.snapshot.connection, user }, rooms });
    }
    for (const name of new Set(outbox.map(({ room }) => room))) {
      this.room(name).goOn(outbox.filter(({ room }) => room === name));
    }
    if (this.#connects) this.#client.connect();
    this.#isRestored = true; // last: what a listener sends meanwhile goes behind what was kept
  }

  #become(changes: Partial<ChatSnapshot>): void {
    const before = this.snapshot;
    const { rooms = before.rooms } = changes;
    const unread = rooms.reduce((sum, one) => sum + (one.hidden ? 0 : one.unread), 0);
    const { invitations = before.invitations } = changes;
    const same = withFields(before, { invitations }).invitations;
    this.#snapshot.set({ ...before, ...changes, unread, invitations: same });
    this.#store?.chat(before, this.snapshot);
  }

  #listen(): void {
    const client = this.#client;
    client.on("status", (change) => this.#became(change));
    client.on("welcome", (frame) => {
      const pages = [...this.#pages, frame];
      this.#pages = frame.more ? pages : [];
      if (frame.more) return;
      this.#changed({ type: "all", rooms: pages.flatMap(({ rooms }) => rooms) });
      this.#become({ invitations: pages[0]?.invitations ?? [] });
    });
    client.on("push", (frame) => this.#told(frame));
    client.on("focused", ({ rooms }) => {
      for (const one of rooms) if (!("error" in one)) this.#rooms.get(one.room)?.looked(one);
    });
    client.on("problem", ({ room, error }) => {
      if (room) this.#rooms.get(room)?.change({ type: "state", state: "failed", error });
    });
    client.on("room", ({ room, events }) => this.#heard(room, events));
  }

  /** A push, or the answer to a request of mine. */
  #told(frame: ServerFrame): void {
    const room = "room" in frame && frame.room ? this.#rooms.get(frame.room) : undefined;
    const isMe = "user" in frame && frame.user === this.#client.user;
    switch (frame.type) {
      case "typing":
      case "presence":
        room?.change(frame);
        break;
      case "read":
        if (isMe) this.#changed(frame);
        else room?.change(frame);
        break;
      case "invited":
      case "uninvited":
        if (isMe) this.#invited(frame); // else I have invited somebody
        break;
      case "declined":
        this.#invited(frame);
        break;
      case "left":
      case "joined":
      case "created":
      case "preferences":
        if (frame.type === "left") room?.left(frame);
        else this.#invited(frame);
        this.#changed(frame);
    }
  }

  /** I am invited to a room, or not any more. */
  #invited(frame: ServerFrame & { room: string }): void {
    const invitations = this.snapshot.invitations.filter(({ room }) => room !== frame.room);
    if (frame.type === "invited") {
      invitations.push({ ...frame, atMs: this.#ports.clock.nowMs() });
    }
    this.#become({ invitations });
  }

  /** Something was said in a room that is not open. */
  #heard(room: string, events: readonly LogEvent[]): void {
    const isKnown = this.snapshot.rooms.some((one) => one.room === room);
    if (!isKnown && !room.startsWith("dm:")) return; // left while a message was on its way
    for (const event of events) {
      this.#changed({ type: "event", room, event });
    }
  }

  #became({ status: state, reason, retryInMs }: StatusChange): void {
    const retryAtMs = retryInMs === undefined ? undefined : this.#ports.clock.nowMs() + retryInMs;
    this.#pages = [];
    if (state !== "live") for (const room of this.#rooms.values()) room.change({ type: "lost" });
    this.#become({ connection: { state, reason, retryAtMs, user: this.#client.user } });
  }

  #changed(change: RoomListChange): void {
    const rooms = roomList(this.snapshot.rooms, change, this.#client.user);
    if (rooms !== this.snapshot.rooms) this.#become({ rooms });
  }

  /** The service tells hints of so many rooms; those that came last are looked at. */
  #show(room: { readonly name: string }, isShown: boolean): void {
    if (isShown) this.#shown.push(room);
    else this.#shown.splice(this.#shown.indexOf(room), 1);
    const names = new Set(this.#shown.map(({ name }) => name));
    this.#client.focus([...names].slice(-limits.focusRooms));
  }
}
