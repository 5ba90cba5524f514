/**
 * The client half of the promises in docs/protocol.md. Follow a room, and each of its events is
 * handed out once and in order; send a message, and when the promise resolves it is in the log,
 * once. Connections may come and go meanwhile. Nothing is kept over a restart of the program:
 * that is for the layer above.
 */
import { ChatError, clientEnded, errorOf } from "./chatError.ts";
import { Connection } from "./connection.ts";
import { Focus } from "./focus.ts";
import type { Action, Fields, LogEvent, Reply, ServerFrame } from "./frames.ts";
import * as limits from "./limits.ts";
import { Listeners } from "./listeners.ts";
import { assertRoomName } from "./names.ts";
import { type Ports, systemPorts } from "./ports.ts";
import { Requests } from "./requests.ts";
import { type Position, Room } from "./room.ts";
import type { Address } from "./socket.ts";
import type { Status, StatusChange } from "./status.ts";
import { syncOn } from "./syncOn.ts";
import { type SyncingRoom, Syncs } from "./syncs.ts";

/** Pushes that are passed on as they come; docs/protocol.md says what each means. */
type Passed = "joined" | "left" | "read" | "typing" | "presence" | "notice";

/** What a client tells. */
type ChatClientEvents = { [T in Passed]: ServerFrame<T> } & {
  status: StatusChange;
  /** Any push but events. */
  push: ServerFrame;
  /** My rooms, page by page after every connect. */
  welcome: ServerFrame<"welcome">;
  /** What the rooms in focus are like: after every `focus`, and after every connect. */
  focused: ServerFrame<"focused">;
  /** Something was said in a room that is not followed, such as a new direct room: follow it? */
  room: { room: string; events: readonly LogEvent[] };
  /** An error that no returned promise reports, such as a room that cannot be synced. */
  problem: { error: ChatError; room?: string };
};

/** What `request` takes: all that neither a room nor the client itself sees to. */
export type Requestable = Exclude<Action, "send" | "sync" | "focus">;

export class ChatClient {
  readonly #ports: Ports;
  readonly #connection: Connection;
  readonly #requests: Requests;
  readonly #syncs: Syncs;
  readonly #focus: Focus;
  readonly #rooms = new Map<string, Room>();
  readonly #listeners = new Listeners<ChatClientEvents>();
  #user: string | undefined;
  /** Whose client this is: all that was said so far is theirs. */
  #owner: string | undefined;
  /** Rooms that a new connection hears, until it takes the place of the old one. */
  #prepared = new Set<SyncingRoom>();
  #cancelKeepAlive = () => {};
  #stopWakeUps: (() => void) | undefined;

  constructor(options: Address & Partial<Ports>) {
    this.#ports = { ...systemPorts, ...options };
    this.#connection = new Connection(options, this.#ports, {
      received: (frame) => this.#received(frame),
      changed: (change) => this.#changed(change),
      handingOver: () => {
        for (const room of this.#rooms.values()) room.keepCursor();
      },
      prepare: async (link) => {
        this.#prepared = await syncOn(link, this.#rooms.values());
      },
      handedOver: () => this.#handedOver(),
    });
    this.#requests = new Requests(this.#connection, this.#ports);
    this.#syncs = new Syncs(this.#connection, this.#ports);
    this.#focus = new Focus(this.#requests, this.#listeners);
  }

  get status(): Status {
    return this.#connection.status;
  }

  /** Who the token says I am, once the service has said so; or whose store this goes on with. */
  get user(): string | undefined {
    return this.#owner;
  }

  /** Serve this user and nobody else. */
  serve(user: string): void {
    this.#owner = user;
  }

  /** Tell of an error that no promise reports. */
  report(error: ChatError): void {
    this.#listeners.tell("problem", { error });
  }

  /**
   * Connect, and stay so until closed. While waiting for the next try: make it now. While
   * connected: see whether the connection lives. For when a page is shown or the network is back.
   */
  connect(): void {
    this.#connection.connect();
  }

  /** End it. What waits for an answer or to be sent is rejected with `closed`. */
  close(): void {
    this.#connection.close();
  }

  /** Be told of something. Returns how to stop it. */
  on<E extends keyof ChatClientEvents>(
    event: E,
    listener: (value: ChatClientEvents[E]) => void,
  ): () => void {
    return this.#listeners.add(event, listener);
  }

  /**
   * Follow a room that I am in, from a position on, and with the tag of the event there: else it is
   * not noticed when the log went back meanwhile. Direct rooms need no more than this.
   * @throws TypeError when there can be no such room
   */
  follow(name: string, { after = 0, tag }: Partial<Position> = {}): Room {
    const known = this.#rooms.get(name);
    if (known) return known;
    assertRoomName(name);
    const room = new Room(
      name,
      { after, ...(after > 0 && { tag }) },
      {
        ...this.#ports,
        connection: this.#connection,
        user: () => this.#user,
        sync: (followed) => this.#syncs.request(followed),
        cancelSync: (followed) => this.#syncs.cancel([followed]),
        request: (action, fields) => this.#requests.request(action, fields),
        report: (error) => this.#listeners.tell("problem", { room: name, error }),
      },
    );
    this.#rooms.set(name, room);
    this.#syncs.request(room);
    return room;
  }

  /** Stop following, without leaving. Messages that are not known to be stored are given up. */
  unfollow(name: string): void {
    const room = this.#rooms.get(name);
    if (room === undefined) return;
    this.#rooms.delete(name);
    this.#syncs.cancel([room]);
    room.end();
  }

  /**
   * Say which rooms the program shows, at most four: their typing, presence and others' reads are
   * told, and no other room's. `focused` tells what they are like now, or `problem` why the service
   * does not take them. Kept over connections.
   */
  focus(rooms: readonly string[]): void {
    void this.#focus.set(rooms);
  }

  /**
   * Make any other request, such as `history`, `read`, `typing` or `who`.
   * @throws ChatError with the code of the refusal, `disconnected`, `closed` or `gave_up`
   */
  request<A extends Requestable>(action: A, fields: Fields<A>): Promise<Reply<A>> {
    return this.#requests.request(action, fields);
  }

  #changed(change: StatusChange): void {
    const { status, reason = clientEnded() } = change;
    const hasEnded = status === "closed" || status === "failed";
    if (hasEnded) {
      this.#stopWakeUps?.();
      this.#stopWakeUps = undefined;
    } else this.#stopWakeUps ??= this.#ports.onWakeUp(() => this.connect());
    if (status === "live") {
      if (this.#rooms.size === 0) this.#connection.resetBackoff();
      this.#keepAlive();
      this.#focus.connected();
    } else {
      this.#cancelKeepAlive();
      this.#syncs.cancel();
      for (const room of this.#rooms.values()) {
        room.lost(hasEnded ? reason : undefined);
      }
    }
    this.#requests.changed();
    this.#listeners.tell("status", change);
  }

  /** The new connection hears all rooms but those that could not be synced before. */
  #handedOver(): void {
    for (const room of this.#rooms.values()) {
      if (!this.#prepared.has(room)) this.#syncs.request(room);
    }
    this.#prepared.clear();
    this.#cancelKeepAlive();
    this.#keepAliveLater();
    this.#focus.connected();
  }

  /** Sync everything: it finds a last push that was lost, and the connection dead if it is. */
  #keepAlive(): void {
    for (const room of this.#rooms.values()) this.#syncs.request(room);
    this.#keepAliveLater();
  }

  #keepAliveLater(): void {
    this.#cancelKeepAlive = this.#ports.clock.after(limits.keepAliveMs, () => {
      // Without an answer it is the connection that takes steps.
      if (this.#rooms.size === 0) this.#connection.exchange("ping", {}).catch(() => {});
      this.#keepAlive();
    });
  }

  #received(frame: ServerFrame): void {
    if (frame.type === "welcome") {
      if (!this.#isStill(frame.user)) return;
      for (const { room, seq } of frame.rooms) this.#rooms.get(room)?.headIs(seq);
      this.#listeners.tell("welcome", frame);
    }
    // As a reply it says what somebody asked for, and nothing of what is new.
    if (frame.type === "events" && frame.id === undefined) this.#receivedEvents(frame);
    if (frame.type === "left") this.unfollow(frame.room);
    const room = "room" in frame && frame.room ? this.#rooms.get(frame.room) : undefined;
    if (frame.type === "ack") room?.acked(frame);
    if (frame.type === "joined" && room) this.#syncs.request(room);
    if (frame.type === "presence" && room?.presence.receive(frame) === false) return;

    if ("id" in frame && frame.id !== undefined) return; // its request is told
    this.#listeners.tell("push", frame);
    if (frame.type === "error") this.#listeners.tell("problem", { error: errorOf(frame) });
    else this.#listeners.tell(frame.type as Passed, frame as never);
  }

  /** What waits to be sent is one user's, and must not go out as another's. */
  #isStill(user: string): boolean {
    this.#owner ??= user;
    this.#user = user;
    if (this.#owner === user) return true;
    this.#connection.fail(new ChatError("forbidden", "unable to go on; the token is another's"));
    return false;
  }

  #receivedEvents({ room, events }: ServerFrame<"events">): void {
    // Before the welcome nothing is applied: the sync after it brings the same.
    if (this.#user === undefined) return;
    if (!this.#rooms.has(room)) this.#listeners.tell("room", { room, events });
    this.#rooms.get(room)?.receive(events);
  }
}
