/**
 * A room as a program sees it. Until it is opened it holds nothing and costs nothing; from then on
 * its snapshot has the newest messages and stays in step with the log.
 */
import { ifAnybodyWaits, type Waiting } from "./abort.ts";
import { Changes } from "./changes.ts";
import { asChatError, ChatError, clientEnded } from "./chatError.ts";
import { type Extras, extrasOf } from "./extras.ts";
import type { Fields, Reply, ServerFrame } from "./frames.ts";
import * as limits from "./limits.ts";
import { Audience } from "./listeners.ts";
import { messagesIn } from "./messages.ts";
import type { Stored } from "./outbox.ts";
import type { Ports } from "./ports.ts";
import type { Discontinuity, Position, Room } from "./room.ts";
import type { ChatRoomContext, RoomAction } from "./roomContext.ts";
import { changedRoom, emptyRoom } from "./roomFeatures.ts";
import type { Message, RoomChange, RoomSnapshot } from "./roomSnapshot.ts";
import { Snapshot } from "./snapshot.ts";
import type { KeptMessage } from "./store.ts";
import { TypingHints } from "./typingHints.ts";

/** A room of `focused`. */
type Looked = Exclude<ServerFrame<"focused">["rooms"][number], { error: unknown }>;

/** A room: what is in it, and what can be done there. `chat.room(name)` gives it. */
export class ChatRoom {
  /** As in frames: `general`, or `dm:` and two users for a direct room. */
  readonly name: string;
  readonly #context: ChatRoomContext;
  /** What is shown of it while it is closed. */
  readonly #empty: RoomSnapshot;
  /** What the log and the service say; and that with what is put on top of it. */
  #told: RoomSnapshot;
  readonly #snapshot: Snapshot<RoomSnapshot>;
  #onTop = (told: RoomSnapshot) => told;
  readonly #discontinued = new Audience<Discontinuity>();
  #opening: Promise<Room> | undefined;
  #room: Room | undefined;
  /** Up to here the log has no message that an earlier run left. */
  #left: Position | undefined;
  readonly #changes: Changes;
  readonly #typing: TypingHints;

  /** @internal */
  constructor(name: string, context: ChatRoomContext) {
    this.name = name;
    this.#context = context;
    this.#empty = this.#told = emptyRoom(name);
    this.#snapshot = new Snapshot(this.#told);
    this.#typing = new TypingHints(context.ports.clock);
    this.#changes = new Changes({
      ask: (seqs) => this.ask("events", { seqs }),
      isShownBelow: (of, v) =>
        this.snapshot.messages.some((one) => one.seq === of && (one.v ?? 1) < v),
      show: (now) => this.change({ type: "changed", now }),
    });
  }

  /** What there is to show. Another object whenever something in it changed, and only then. */
  get snapshot(): RoomSnapshot {
    return this.#snapshot.value;
  }

  /** Be told that `snapshot` is another one. Returns how to stop it. */
  subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener);

  /**
   * Be told when the log went back, to a backup or to nothing: `snapshot` has the log as it is
   * now, and what was shown before may not be in it. Returns how to stop it.
   */
  onDiscontinuity(listener: (discontinuity: Discontinuity) => void): () => void {
    return this.#discontinued.add(listener);
  }

  /**
   * Have the newest messages of a room that I am in, and everything after them. Waits for a
   * connection for as long as that takes. Direct rooms need no `join`.
   * @throws ChatError `not_member`, `closed`, `gave_up`, or the reason of the signal
   */
  open({ signal }: Waiting = {}): Promise<void> {
    return ifAnybodyWaits(
      this.follow().then(() => {}),
      signal,
    );
  }

  /** Forget what is shown, without leaving. Messages on their way are given up. */
  close(): void {
    this.#opening = this.#room = undefined;
    this.#context.client.unfollow(this.name);
    this.#become(this.#empty);
  }

  /** I am no member any more. @internal */
  left({ by, reason }: Pick<ServerFrame<"left">, "by" | "reason">): void {
    this.close();
    this.change({ type: "state", state: "left", by, reason });
  }

  /** Become a member, or accept an invitation, and open the room. @throws ChatError */
  async join({ signal }: Waiting = {}): Promise<void> {
    await this.ask("join", {}, { signal });
    await this.open({ signal });
  }

  /** Stop being a member of a room, and close it. @throws ChatError */
  async leave(waiting?: Waiting): Promise<void> {
    await this.ask("leave", {}, waiting);
  }

  /**
   * Send a message: it is shown at once, and sent when there is a connection. When this resolves,
   * it is in the log, once. A caller may leave the promise alone: the message's status says the
   * same. With it go `replyTo`, the position of a message that it quotes; `mentions`, names of
   * users, or `everyone`; and `data`, any JSON, as it is now. A signal ends the wait alone.
   * @throws ChatError with the code of the refusal, `gave_up`, `closed` or `outbox_full`
   * @throws TypeError at once when `data` is no JSON
   */
  send(text: string, { signal, ...extras }: Extras & Waiting = {}): Promise<Stored> {
    const copy: Extras = JSON.parse(JSON.stringify(extrasOf(extras)));
    const send = () => this.#send(text, this.#context.ports.newCid(), copy);
    return ifAnybodyWaits(this.#context.restoring()?.then(send) ?? send(), signal);
  }

  /** What I have written and not sent. It survives a reload, as far as the chat has a store. */
  get draft(): string {
    return this.#context.drafts.get(this.name) ?? "";
  }

  set draft(text: string) {
    this.#context.drafts.set(this.name, text);
    this.#context.store?.draft(this.name, text);
  }

  /**
   * Send a failed message again. It is stored once, also when it had got there the first time.
   * @throws ChatError as `send`
   * @throws TypeError at once when no such message has failed
   */
  retry(cid: string, { signal }: Waiting = {}): Promise<Stored> {
    const message = this.#failed(cid);
    if (!message) throw new TypeError(`no message ${cid} has failed`);
    return ifAnybodyWaits(this.#send(message.text, cid, extrasOf(message)), signal);
  }

  /** Take a failed message away. */
  discard(cid: string): void {
    if (this.#failed(cid)) this.change({ type: "discarded", cid });
  }

  /**
   * Put the page before the oldest message into the snapshot. Returns whether there is more; not
   * beyond 500 messages, behind which `parley-client/window` goes on.
   * @throws ChatError
   */
  async older({ signal }: Waiting = {}): Promise<boolean> {
    const { messages, hasOlder } = this.snapshot;
    const first = firstSeqOf(messages);
    const limit = Math.min(limits.pageMessages, limits.roomMessages - messages.length);
    if (!hasOlder || limit <= 0) return false;
    for (let before = first; ; ) {
      const asked = this.ask("history", { before, limit }, { signal });
      const { events, more } = await this.#changes.page(asked);
      if (firstSeqOf(this.snapshot.messages) !== first) return this.snapshot.hasOlder;
      before = events[0]?.seq;
      // A page may hold nothing that is shown.
      if (more && before !== undefined && messagesIn(events, this.me).length === 0) continue;
      this.change({ type: "page", events, more, isOlder: true });
      return more;
    }
  }

  /** Move my read position: to the newest message, or to `seq`. @throws ChatError */
  async read(seq?: number, waiting?: Waiting): Promise<void> {
    const newest = this.snapshot.messages.findLast((one) => one.status === "sent")?.seq ?? 0;
    const { readSeq = 0, unreadFrom } = this.#context.summary(this.name) ?? {};
    const position = seq ?? newest;
    if (position > readSeq || (unreadFrom && position >= unreadFrom))
      await this.ask("read", { seq: position }, waiting);
  }

  /**
   * Tell the others that I am typing: to be called at every key. Sent at most every three seconds,
   * and only while there is a connection.
   */
  typing(on = true): void {
    const { client } = this.#context;
    if (client.status !== "live" || !this.#typing.isDue(on)) return;
    client.request("typing", { room: this.name, on }).catch(() => {}); // a hint, which may be lost
  }

  /**
   * The room is on the screen: open it, and have typing, who is online and others' reads told, of
   * the four rooms shown last. Returns how to end it; the room stays open.
   */
  show(): () => void {
    void this.follow(); // the snapshot says how that ends
    this.#context.show(this, true);
    let isShown = true;
    return () => {
      if (isShown) this.#context.show(this, false);
      isShown = false;
    };
  }

  /** Go on with what an earlier run of the program left. @internal */
  goOn(kept: readonly KeptMessage[]): void {
    const messages = kept.map(({ cid, text, extras, failed }) => ({
      ...this.#mine(cid, text, extras),
      ...(failed && {
        status: "failed" as const,
        error: new ChatError(failed.code, failed.message),
      }),
    }));
    this.change({ type: "restored", messages });
    for (const { cid, text, extras, failed, after, tag } of kept) {
      const isRefused = failed && failed.code !== "gave_up";
      if (!isRefused && after <= (this.#left?.after ?? after)) this.#left = { after, tag };
      if (!failed) void this.#deliver(text, cid, extras); // its status says how it ends
    }
  }

  /** Show something on top of what the log says. To be called again when that changes. @internal */
  putOnTop(onTop: (told: RoomSnapshot) => RoomSnapshot): void {
    this.#onTop = onTop;
    this.#snapshot.set(onTop(this.#told));
  }

  /** @internal */
  get ports(): Ports {
    return this.#context.ports;
  }

  /** Who I am. @internal */
  get me(): string | undefined {
    return this.#context.client.user;
  }

  /** @internal */
  change(change: RoomChange): void {
    if (change.type === "typing") {
      this.#typing.heard(change.user, change.on, () => this.change({ ...change, on: false }));
    }
    if (change.type === "lost") this.#typing.lost();
    this.#become(changedRoom(this.#told, change, this.me));
  }

  #become(snapshot: RoomSnapshot): void {
    const before = this.#told;
    this.#told = snapshot;
    this.#snapshot.set(this.#onTop(snapshot));
    const { cursor, tag } = this.#room ?? {};
    const after = cursor ?? this.#context.summary(this.name)?.seq ?? 0;
    this.#context.store?.room(before, snapshot, { after, tag });
  }

  /** @internal */
  looked({ online, reads, pins = [] }: Omit<Looked, "room">): void {
    this.change({
      type: "looked",
      online: online.map(({ user }) => user),
      reads: Object.fromEntries(reads.map(({ user, seq }) => [user, seq])),
      pins,
    });
  }

  /** Make a request about this room. @internal */
  ask<A extends RoomAction>(
    action: A,
    fields: Omit<Fields<A>, "room">,
    waiting?: Waiting,
  ): Promise<Reply<A>> {
    return this.#context.ask(action, { ...fields, room: this.name } as Fields<A>, waiting);
  }

  #failed(cid: string): Message | undefined {
    return this.snapshot.messages.find((one) => one.cid === cid && one.status === "failed");
  }

  #send(text: string, cid: string, extras: Extras): Promise<Stored> {
    this.change({ type: "sending", message: this.#mine(cid, text.trim(), extras) });
    this.#typing.written();
    return this.#deliver(text, cid, extras);
  }

  #mine(cid: string, text: string, extras?: Extras): Message {
    return { ...extras, cid, from: this.me, isMine: true, text, status: "sending" };
  }

  #deliver(text: string, cid: string, extras?: Extras): Promise<Stored> {
    const stored = this.follow().then((room) => room.send(text, { ...extras, cid }));
    stored.then(
      ({ seq }) => {
        // One that an earlier run left may be before the oldest that is shown.
        if (seq <= (this.#room?.cursor ?? 0)) this.change({ type: "discarded", cid });
      },
      (error: ChatError) => this.change({ type: "refused", cid, error }),
    );
    return stored;
  }

  /** Show what the store has, until the log brings it anew. */
  async #restorePage(): Promise<void> {
    await this.#context.restoring();
    const page = await this.#context.store?.page(this.name);
    if (page && this.#opening && !this.#room) this.change({ type: "restored", ...page });
  }

  /** Open it, and have what is followed of it. @internal */
  follow(): Promise<Room> {
    if (this.#opening) return this.#opening;
    const opening: Promise<Room> = this.#newest(() => {
      if (this.#opening !== opening) throw clientEnded();
    }).then((page) => this.#follow(page));
    this.#opening = opening;
    opening.catch((error: ChatError) => {
      if (this.#opening !== opening) return;
      this.#opening = undefined; // so that it can be tried again
      this.change({ type: "state", state: "failed", error });
    });
    this.change({ type: "state", state: "opening" });
    void this.#restorePage();
    return opening;
  }

  async #newest(assertWanted: () => void): Promise<Reply<"history">> {
    for (;;) {
      await this.#context.live();
      assertWanted();
      try {
        const page = await this.ask("history", { limit: limits.pageMessages });
        assertWanted();
        return page;
      } catch (thrown) {
        const error = asChatError(thrown);
        if (error.code !== "disconnected") throw error;
      }
    }
  }

  #follow({ events, more }: Reply<"history">): Room {
    const newest = events.at(-1);
    let shownTo = newest?.seq ?? 0;
    const isBehind = this.#left && this.#left.after < shownTo;
    const position = isBehind ? this.#left : { after: shownTo, tag: newest?.tag };
    const room = this.#context.client.follow(this.name, position);
    this.#room = room;
    room.onEvent((event) => {
      if (event.kind === "message" && event.seq > shownTo) this.change({ type: "event", event });
      if (event.kind === "changed") this.#changes.receive(event);
      if (event.kind === "room") this.change({ type: "set", event });
      this.#context.changed({ type: "event", room: this.name, event });
    });
    room.onDiscontinuity((discontinuity) => {
      const page = discontinuity.events;
      shownTo = 0;
      const isWhole = (page[0]?.seq ?? 1) <= 1;
      this.change({ type: "page", events: page, more: !isWhole, isOlder: false });
      this.#discontinued.tell(discontinuity);
    });
    this.change({ type: "page", events, more, isOlder: false });
    // Unless a listener has closed it.
    if (this.#room === room) this.change({ type: "state", state: "open" });
    return room;
  }
}

/** The position of the first message that is stored. */
function firstSeqOf(messages: readonly Message[]): number | undefined {
  return messages.find(({ seq }) => seq !== undefined)?.seq;
}
